/** `sockscope wait` for real servers, with an agent, as root and without either. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { agentStatus } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { PortFixture } from '../helpers/port-fixture';
import { until } from '../helpers/programs';
import { type CommandResult, python, withoutRoot } from '../helpers/stage';
import { copyVite } from '../helpers/vite';

describe('wait', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  before(() => {
    fixture = new PortFixture(5200);
  });
  beforeEach(() => fixture.nextPort());
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  type Run = (words: readonly string[]) => Promise<CommandResult>;
  const asUser: Run = (words) => fixture.stage.sockscope(words);

  /** Lets `happen` happen while a command waits, and resolves with its result. */
  async function waitWhile(
    run: Run,
    words: readonly string[],
    happen: () => Promise<unknown>,
  ): Promise<CommandResult> {
    const waiting = run(['wait', ...words, '--timeout', '60s', '--json']);
    await happen();
    return waiting;
  }

  describe('usage mistakes are exit 2', () => {
    const mistakes: readonly [what: string, words: readonly string[], message: RegExp][] = [
      ['neither', ['3000'], /--listening, .* or --free/],
      ['both', ['3000', '--free', '--listening'], /one of them/],
      ['no port', ['--free'], /A port is needed, such as 3000/],
      ['a port too high', ['70000', '--free'], /"70000" is not a port/],
      ['a filter that is to get free', ['process:node', '--free'], /"process:node" is not a port/],
      ['two ports', ['3000', '3001', '--free'], /One port at a time/],
      ['free text', ['node', '--listening'], /"node" is free text.*process:node/],
      ['an unknown key', ['proces:node', '--listening'], /nearest is process:/],
      ['what never listens', ['state:established', '--listening'], /leave state: away/],
      ['no listeners', ['pid:42', '-state:listen', '--listening'], /leave state: away/],
      ['a filter with --udp', ['pid:42', '--listening', '--udp'], /proto: and net:/],
      ['a bad time', ['3000', '--free', '--timeout', '30'], /"30" is not a duration/],
      ['an unknown option', ['3000', '--fre'], /--fre.*nearest is --free/],
    ];
    for (const [what, words, message] of mistakes)
      it(what, async () => {
        const { code, stdout, stderr } = await asUser(['wait', ...words]);
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.match(stderr, message);
      });
  });

  const serve = () => fixture.run([python, '-u', '-m', 'http.server', String(fixture.port)]);

  function describeWaits(run: Run, mode: string): void {
    it('until a Python server listens, and until its port is free', async () => {
      let pid: number | undefined;
      const listening = await waitWhile(run, [String(fixture.port), '--listening'], async () => {
        pid = (await serve()).child.pid;
      });
      assert.deepEqual([listening.code, listening.stderr], [0, '']);
      const { schema, awaited, met, port, socket, message } = listening.json;
      assert.deepEqual([schema, awaited, met, port], [1, 'listening', true, fixture.port]);
      assert.deepEqual([socket.state, socket.owners[0].pid], ['listen', pid]);
      assert.match(
        message,
        new RegExp(`^python3 \\(pid ${pid}\\) listens on 0\\.0\\.0\\.0:${fixture.port}, after`),
      );
      const free = await waitWhile(run, [`:${fixture.port}`, '--free'], () => fixture.endPrograms());
      assert.deepEqual(
        [free.code, free.json.awaited, free.json.met, free.json.needsReuseaddr],
        [0, 'free', true, false],
        free.stderr,
      );
    });

    it('says in time who has the port', async () => {
      const { child } = await fixture.hold('listen');
      const words = ['wait', String(fixture.port), '--free', '--timeout', '300ms'];
      const { code, stdout, stderr } = await run(words);
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.match(
        stderr,
        new RegExp(
          `did not get free within 300 ms: Port \\d+ is busy.*python3 \\(pid ${child.pid}\\) listens`,
        ),
      );
      assert.match(stderr, new RegExp(`free ${fixture.port}$`, 'm'), mode);
    });

    it('says in time that nobody has it', async () => {
      const port = String(fixture.port);
      const text = await run(['wait', port, '--listening', '--timeout', '300ms']);
      assert.deepEqual([text.code, text.stdout], [1, '']);
      assert.match(
        text.stderr,
        /^sockscope: No server listened within 300 ms: Port \d+ is free: every bind works\n$/,
      );
      const { code, json } = await run(['wait', port, '--listening', '--timeout', '300ms', '--json']);
      assert.deepEqual([code, json.met, json.next], [1, false, []]);
    });

    it('a port that is bound without listening is no server', async () => {
      await fixture.hold('bound');
      const { code, json } = await run([
        'wait',
        String(fixture.port),
        '--listening',
        '--timeout',
        '300ms',
        '--json',
      ]);
      assert.deepEqual([code, json.met], [1, false]);
    });

    it('for a filter', async () => {
      const { stage } = fixture;
      const filter = [`net:${stage.netns.inode}`, 'process:python3'];
      const { code, json } = await waitWhile(run, [...filter, '--listening'], () => fixture.hold('listen'));
      assert.deepEqual(
        [code, json.filter, json.met, json.socket.local.port],
        [0, filter.join(' '), true, fixture.port],
      );
    });
  }

  describe('without an agent', () => {
    describeWaits(asUser, 'observer');

    it('until Vite serves, which its own user ends', async () => {
      const { stage } = fixture;
      const { folder, port } = stage.site(fixture.port);
      writeFileSync(join(folder, 'index.html'), '<p>hello</p>');
      const vite = [process.execPath, copyVite(stage.folder), folder, `--port=${port}`, '--strictPort'];
      const listening = await waitWhile(asUser, [String(port), '--listening'], () => fixture.run(vite));
      assert.deepEqual([listening.code, listening.json.socket.owners[0].name], [0, 'node'], listening.stderr);
      const freeing = asUser(['free', String(port), '--yes']);
      const { code, stdout } = await asUser(['wait', String(port), '--free', '--timeout', '60s']);
      assert.deepEqual([code, (await freeing).code], [0, 0]);
      assert.match(stdout, /^port \d+ is free/);
    });

    it('until a UDP port is taken, and is free', async () => {
      const port = [String(fixture.port), '--udp'];
      const taken = await waitWhile(asUser, [...port, '--listening'], () => fixture.hold('udp'));
      assert.deepEqual([taken.code, taken.json.socket.protocol], [0, 'udp']);
      const free = await waitWhile(asUser, [...port, '--free'], () => fixture.endPrograms());
      assert.deepEqual([free.code, free.json.met], [0, true]);
    });

    it('a port with leftovers alone is free for servers with SO_REUSEADDR', async () => {
      await fixture.leaveTimeWait();
      const { code, json } = await asUser(['wait', String(fixture.port), '--free', '--json']);
      assert.deepEqual([code, json.met, json.needsReuseaddr], [0, true, true]);
      assert.match(json.message, /free for servers with SO_REUSEADDR/);
    });

    it('at one address: what another one has does not matter', async () => {
      await fixture.holdAt('127.0.0.2');
      const free = await asUser(['wait', `127.0.0.1:${fixture.port}`, '--free']);
      assert.equal(free.code, 0);
      const words = ['wait', `127.0.0.1:${fixture.port}`, '--listening', '--timeout', '300ms'];
      assert.equal((await asUser(words)).code, 1);
    });
  });

  describe('as root', () => describeWaits((words) => fixture.stage.asRoot(words), 'direct'));

  describe('with an agent', () => {
    let agent: AgentProcess;
    before(async () => {
      agent = await fixture.stage.agent();
    });
    describeWaits(asUser, 'agent');

    it('ends where the agent does', async () => {
      const { code, stderr } = await waitAndStop();
      assert.equal(code, 1);
      assert.match(stderr, /hung up/);
    });

    async function waitAndStop(): Promise<CommandResult> {
      const client = await agent.client();
      const waiting = asUser(['wait', String(fixture.port), '--listening', '--timeout', '60s']);
      await until('it waits', async () => (await client.request(agentStatus, {})).clients === 2);
      assert.equal((await fixture.stage.sockscope(['agent', 'stop'])).code, 0);
      return waiting;
    }
  });
});
