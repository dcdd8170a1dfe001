/**
 * SOCK_DESTROY waits for the lock of its socket, possibly without end, so the broker looks first whether a process holds it: among
 * the files of the socket's owners, and not of the whole machine, which may be many.
 */

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import { runsOf } from '../helpers/bpf-objects';
import { children } from '../helpers/children';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

const victims = Array.from({ length: 8 }, (_, index) => `victim ${index}`);

const statistics = '/proc/sys/kernel/bpf_stats_enabled';

describe('the check for a held lock', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let broker: number;
  let server: Puppet;
  let puppet: Puppet;
  let counted: string;
  const files: number[] = [];
  before(async () => {
    stage = new Stage();
    const agent = await stage.agent();
    client = await agent.client();
    broker = await agent.brokerPid();
    server = await stage.puppet();
    puppet = await stage.puppet();
    counted = readFileSync(statistics, 'utf8');
    writeFileSync(statistics, '1');
    while (files.length < 2000) files.push(openSync('/dev/null', 'r'));
  });
  after(() => {
    if (counted) writeFileSync(statistics, counted);
    for (const file of files) closeSync(file);
    return stage?.close();
  });

  /** How many files the list program was run for meanwhile. */
  async function filesRead(work: () => Promise<void>): Promise<number> {
    const runs = runsOf(broker);
    await work();
    return runsOf(broker) - runs;
  }

  it('reads the files of the owners, and not of all processes', async () => {
    const { pairs } = await connectAll(server, puppet, ipv4, 'listener', [...victims, 'stays']);
    const reads: number[] = [];
    for (const name of victims) {
      const target = await targetByCookie(client, (pairs[name] as Pair).client);
      const read = await filesRead(async () => {
        const { outcome, engine, message } = await destroyOne(client, target, { engine: 'sock_diag' });
        assert.deepEqual([outcome, engine], ['destroyed', 'sock_diag'], message);
      });
      assert.equal(await puppet.errnoOf('receive', name), 'ECONNABORTED');
      reads.push(read);
    }
    await assertEchoes([puppet, 'stays'], [server, 'stays']);
    // The agent may have looked for one of them everywhere again, as on a busy machine.
    const least = Math.min(...reads);
    assert.ok(least > 0 && least < files.length, `${reads} files were read`);
  });

  it('leaves a socket alone whose lock a process holds: nothing waits for that, and nothing is destroyed late', async () => {
    const staller = await stage.victim([python, `${stage.folder}/stall.py`], { user: undefined });
    const { pairs } = await connectAll(server, staller, ipv4, 'for stalled', ['stalled']);
    const target = await targetByCookie(client, (pairs.stalled as Pair).client);
    await staller.command('stall', { name: 'stalled' });
    const { outcome, message } = await destroyOne(client, target, { engine: 'sock_diag' });
    assert.equal(outcome, 'failed', message);
    assert.deepEqual(await staller.command('serve'), [4]);
    assert.equal((await server.receive('stalled')).text, '\0\0\0\0');
    await until('no walker is left', () => children(broker).length === 0);
    await assertEchoes([staller, 'stalled'], [server, 'stalled']);
  });

  it('a list of all sockets reads them all', async () => {
    const read = await filesRead(async () => {
      await listAll(client, '');
    });
    assert.ok(read >= files.length, `${read} files were read`);
  });
});
