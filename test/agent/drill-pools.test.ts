/** Drills of programs with several connections, or several servers. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connectedTo, withProgram } from '../helpers/drill-programs';
import { Stage, withoutRoot } from '../helpers/stage';

describe('a drill of a pool', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(() => stage?.close());

  it('--one-of-pool cuts one connection of a pool, and the others survive', () =>
    withProgram(stage, 'pool', 7009, async (pid) => {
      const words = ['--times', '1', '--one-of-pool', '--wait', '500ms', '--yes', '--json'];
      const { json } = await stage.sockscope(['drill', `pid:${pid}`, ...words]);
      assert.deepEqual([json.rounds[0].verdict, json.rounds[0].destroyed], ['unaffected', 1]);
    }));

  /** One round against a pool of ten connections, all of which are expected back. */
  async function drillPool(pid: number, port: number, ...more: string[]) {
    await connectedTo(stage, port, 10);
    const report = join(stage.user.home, `${port}.xml`);
    const words = [
      '--times',
      '1',
      '--wait',
      '5s',
      '--expect-within',
      '5s',
      '--junit',
      report,
      '--yes',
      ...more,
    ];
    const { code, stdout, stderr } = await stage.sockscope(['drill', `pid:${pid}`, ...words]);
    return { code, stdout, stderr, report: readFileSync(report, 'utf8') };
  }

  it('a pool in which one of ten connections comes back is partly recovered', () =>
    withProgram(stage, 'lazyPool', 7014, async (pid) => {
      const { code, stdout, stderr, report } = await drillPool(pid, 7014);
      assert.equal(code, 1, stdout);
      assert.match(stdout, /^1 +partly-recovered +10 .* 1 of 10, /m);
      assert.match(stdout, /^0 of 1 recovered, 1 of 10 connections;/m);
      assert.match(stderr, /^Round 1 did not recover within 5s: It recovered 1 of 10 connections, /m);
      assert.match(report, /<failure message="It recovered 1 of 10 connections, /);
    }));

  it('with --at-least, so many of a pool are enough', () =>
    withProgram(stage, 'lazyPool', 7016, async (pid) => {
      const { code, stdout, stderr, report } = await drillPool(pid, 7016, '--at-least', '1');
      assert.deepEqual([code, stderr], [0, ''], stdout);
      assert.doesNotMatch(report, /<failure/);
    }));

  it('and fewer are not', () =>
    withProgram(stage, 'lazyPool', 7017, async (pid) => {
      const { code, stderr, report } = await drillPool(pid, 7017, '--at-least', '2');
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Round 1 did not recover within 5s: 1 of 10 connections came back, at least 2 are expected\n$/,
      );
      assert.match(report, /<failure /);
    }));

  it('a pool of thirty connections that reconnect once each is recovered, and no storm', () =>
    withProgram(stage, 'largePool', 7018, async (pid) => {
      await connectedTo(stage, 7018, 30);
      const { code, stdout } = await stage.sockscope([
        'drill',
        `pid:${pid}`,
        '--times',
        '1',
        '--expect-within',
        '30s',
        '--yes',
      ]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^1 +recovered +30 .* 30 of 30, /m);
    }));

  it('twenty-five servers that are asked in one sweep are no storm, and are shown', () =>
    withProgram(stage, 'sweeps', 7019, async (pid) => {
      const { stdout } = await stage.sockscope([
        'drill',
        `pid:${pid}`,
        '--times',
        '1',
        '--wait',
        '5s',
        '--yes',
      ]);
      assert.match(stdout, /^1 +recovered +1 /m);
      assert.match(stdout, /^round 1 {2}\d+ servers asked in one sweep, /m);
    }));

  it('a pool in which all ten connections come back is recovered', () =>
    withProgram(stage, 'wholePool', 7015, async (pid) => {
      const { code, stdout, stderr, report } = await drillPool(pid, 7015);
      assert.deepEqual([code, stderr], [0, ''], stdout);
      assert.match(stdout, /^1 +recovered +10 .* 10 of 10, /m);
      assert.match(stdout, /^1 of 1 recovered, 10 of 10 connections;/m);
      assert.doesNotMatch(report, /<failure/);
    }));
});
