/** `sockscope why` and `sockscope free` without an agent, with real holders: exit codes, JSON output, and which processes survive. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cwd } from 'node:process';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { isRunning } from '../helpers/holders/descendants';
import { kindsOf, PortFixture } from '../helpers/port-fixture';
import { python, withoutRoot } from '../helpers/stage';

/** The start time of a process, which distinguishes it from others with the same pid; null: it has ended. */
function lifeOf(pid: number): string | null {
  if (!isRunning(pid)) return null;
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[19] ?? null;
}

describe('why and free, without an agent', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  before(() => {
    fixture = new PortFixture(3000);
  });
  beforeEach(() => fixture.nextPort());
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  describe('usage mistakes are exit 2 and do nothing', () => {
    const mistakes: readonly [what: string, words: readonly string[], message: RegExp][] = [
      ['why without a port', ['why'], /A port is needed, such as 3000/],
      ['free without a port', ['free', '--yes'], /A port is needed/],
      ['port 0', ['why', '0'], /"0" is not a port.*1 to 65535/],
      ['a port too high', ['free', '65536', '--yes'], /"65536".*such as 3000|"65536".*such as 65535/],
      ['a word', ['free', 'abc', '--yes'], /"abc" is not a port.*such as 3000/],
      ['letters after it', ['why', '3000x'], /"3000x".*such as 3000/],
      ['a negative one', ['free', '--yes', '--', '-3000'], /"-3000".*such as 3000/],
      ['an address without a port', ['why', '127.0.0.1'], /"127.0.0.1" has no port: write 127.0.0.1:3000/],
      ['an IPv6 address without brackets', ['why', '::1:4801'], /write \[::1\]:4801/],
      ['an IPv6 address without one', ['why', '::1'], /"::1" has no port: write \[::1\]:3000/],
      [
        'a host name',
        ['free', 'example.com:3000', '--yes'],
        /"example.com:3000" is not a port.*localhost:3000/,
      ],
      ['two ports', ['free', '3000', '3001', '--yes'], /One port at a time/],
      ['an unknown option', ['why', '3000', '--ud'], /--ud.*nearest is --udp/],
      ['an unknown letter', ['why', '3000', '-v'], /: -v is not known: there are --udp, --net and --json$/m],
      ['an unknown signal', ['free', '3000', '--yes', '--signal', 'HUP'], /"HUP".*known: /],
      ['a bad grace', ['free', '3000', '--yes', '--grace', '3'], /"3" is not a duration.*3s/],
      ['a long grace', ['free', '3000', '--yes', '--grace', '2h'], /at most 60 s/],
      ['no terminal to ask on', ['free', 'PORT'], /--yes.*sockscope\.js why \d+\n/],
      ['taking over UDP', ['free', '3000', '--yes', '--udp', '--take-over'], /leave --udp away/],
    ];
    for (const [what, words, message] of mistakes)
      it(what, async () => {
        const holder = await fixture.hold('listen');
        const own = words.map((word) => (word === 'PORT' ? String(fixture.port) : word));
        const { code, stdout, stderr } = await fixture.stage.sockscope(own);
        assert.equal(code, 2, stderr);
        assert.match(stderr, message);
        assert.equal(stdout, '');
        assert.ok(holder.lives);
      });
  });

  describe('without the agent, as a plain user', () => {
    it('why names the listener and the results of binds', async () => {
      const { child } = await fixture.hold('listen');
      const answer = await fixture.why();
      const { code, json } = answer;
      assert.equal(code, 0);
      assert.deepEqual(
        [json.schema, json.port, json.protocol, json.netns],
        [1, fixture.port, 'tcp', fixture.stage.netns.inode],
      );
      assert.deepEqual([json.free, kindsOf(answer), json.holders[0].remedy], [false, ['listener'], 'signal']);
      assert.equal(json.holders[0].owners[0].pid, child.pid);
      const loopback = { netns: fixture.stage.netns.inode, address: '127.0.0.1', reuseaddr: false };
      assert.deepEqual(
        json.binds.find(
          (one: { address: string; reuseaddr: boolean }) => one.address === '127.0.0.1' && !one.reuseaddr,
        ),
        { ...loopback, error: 'EADDRINUSE' },
      );
      assert.match(json.message, /agent serve/);
      const { stdout } = await fixture.stage.sockscope(['why', String(fixture.port)]);
      const [process] = json.processes;
      assert.deepEqual([process.pid, process.workingDirectory, json.processes.length], [child.pid, cwd(), 1]);
      assert.match(
        stdout,
        new RegExp(
          `^process     python3 \\(pid ${child.pid}\\): \\S*python3 \\S+ listen ${fixture.port}, in ${cwd()}, for \\d+ s$`,
          'm',
        ),
      );
      assert.match(
        stdout,
        new RegExp(
          `^Port ${fixture.port} is busy for binds to 0\\.0\\.0\\.0, 127\\.0\\.0\\.1 and \\[::\\]: python3 \\(pid ${child.pid}\\) listens`,
        ),
      );
    });

    it('a free port is reported as free, without a question', async () => {
      assert.deepEqual([(await fixture.why()).json.free, (await fixture.why()).json.holders], [true, []]);
      const { code, json } = await fixture.free();
      assert.deepEqual([code, json.freed, json.already, json.steps], [0, true, true, []]);
      const unasked = await fixture.stage.sockscope(['free', String(fixture.port)], { input: '' });
      assert.deepEqual([unasked.code, unasked.stderr], [0, ''], 'there is no terminal to ask on');
    });

    it('shows the plan on a terminal and asks once; after "no" nothing is done', async () => {
      const holder = await fixture.hold('listen');
      const no = await fixture.freeOnTerminal('n\n');
      assert.equal(no.code, 1, no.stdout);
      assert.match(no.stdout, /1\. SIGTERM goes to python3.*alone.*\[y\/N\].*Nothing was done/s);
      assert.ok(holder.lives);
      assert.equal((await fixture.freeOnTerminal('y\n')).code, 0);
      await holder.ended();
    });

    for (const kind of ['listen', 'plain', 'bound', 'udp'])
      it(`frees what is ${kind}`, async () => {
        const holder = await fixture.hold(kind);
        const udp = kind === 'udp' ? ['--udp'] : [];
        const { code, json } = await fixture.free(...udp);
        assert.deepEqual([code, json.freed, json.already], [0, true, false]);
        assert.deepEqual(
          json.steps.map(({ act, outcome }: { act: string; outcome: string }) => [act, outcome]),
          [['signal', 'exited']],
        );
        assert.ok(!holder.lives);
        await fixture.hold(kind); // for real
      });

    it('a dev server with a connection needs no agent, and the client survives', async () => {
      await fixture.hold('listen');
      const client = await fixture.hold('client');
      const { code, json } = await fixture.free();
      assert.deepEqual([code, json.freed, json.needsReuseaddr], [0, true, true]);
      assert.ok(client.lives);
      await fixture.hold('listen');
    });

    it('a process that inherited the listening socket is left alone and reported, and a second free offers to end it', async () => {
      const server = await fixture.hold('helper');
      const heir = Number(server.ready.split(' ')[1]);
      const life = lifeOf(heir);
      try {
        const { json: answer } = await fixture.why();
        assert.match(
          answer.holders[0].why,
          new RegExp(`python3 \\(pid ${server.child.pid}\\) and sleep \\(pid ${heir}\\) listen`),
        );
        const no = await fixture.freeOnTerminal('n\n');
        assert.match(
          no.stdout,
          new RegExp(`Left alone: sleep \\(pid ${heir}\\) inherited the listening socket and is left alone`),
        );
        const { code, json } = await fixture.free('--grace', '5s');
        assert.deepEqual([code, json.freed, json.steps.length], [1, false, 1], json.message);
        assert.deepEqual(
          [json.steps[0].target, json.steps[0].outcome],
          [`python3 (pid ${server.child.pid})`, 'exited'],
        );
        assert.match(
          json.message,
          new RegExp(`its server is gone, and sleep \\(pid ${heir}\\) still holds the port by inheritance`),
        );
        assert.deepEqual(
          json.next.map(({ command }: { command: string }) => command),
          [fixture.stage.command('free', String(fixture.port))],
        );
        assert.equal(lifeOf(heir), life);
        await assert.rejects(fixture.hold('listen'), /ended without a line/);
        const { code: then, json: next } = await fixture.free();
        assert.deepEqual([then, next.freed, next.steps[0].target], [0, true, `sleep (pid ${heir})`]);
        assert.equal(lifeOf(heir), null);
        await fixture.hold('listen');
      } finally {
        if (lifeOf(heir) === life) process.kill(heir, 'SIGKILL');
      }
    });

    it('a worker that inherited the listening socket ends with its server, and the port is free', async () => {
      const server = await fixture.hold('worker');
      const { code, json } = await fixture.free();
      assert.deepEqual([code, json.freed, json.steps.length], [0, true, 1], json.message);
      assert.equal(json.steps[0].target, `python3 (pid ${server.child.pid})`);
    });

    it('a process that ignores SIGTERM is killed only with --signal KILL', async () => {
      const holder = await fixture.hold('deaf');
      const { code, json, stderr } = await fixture.free('--grace', '200ms');
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [1, false, 'running']);
      assert.match(stderr, /--signal KILL/);
      assert.ok(holder.lives);
      assert.equal((await fixture.free('--signal', 'KILL')).code, 0);
      await holder.ended();
    });

    it("another user's server is exit 3, and survives", async () => {
      const holder = await fixture.hold('listen', fixture.port, { user: undefined });
      const { code, json, stderr } = await fixture.free();
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [3, false, 'needs-agent']);
      assert.match(stderr, /sockscope\.js agent serve --scope all\n/);
      assert.match(json.next[0].why, /whose socket root has opened$/);
      const { json: answer } = await fixture.why();
      assert.match(
        answer.summary,
        /; root opened it, and an agent for all users can identify and end it \(sudo .*--scope all\)$/,
      );
      assert.deepEqual(answer.next, json.next);
      assert.ok(holder.lives);
    });

    it('time-wait is exit 3, and reported as harmless for servers with SO_REUSEADDR', async () => {
      await fixture.leaveTimeWait();
      const { code, json } = await fixture.free();
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [3, false, 'needs-agent']);
      assert.match(json.message, /SO_REUSEADDR/);
    });

    it('another namespace is exit 3', async () => {
      const { code, stderr } = await fixture.stage.sockscope([
        'why',
        String(fixture.port),
        '--net',
        fixture.stage.makeNetns('o').name,
      ]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /agent serve/);
    });

    it('a watcher is stopped instead of its child', async () => {
      const file = join(fixture.stage.folder, 'server.js');
      writeFileSync(
        file,
        `require('net').createServer().listen(${fixture.port}, () => console.log('ready'))`,
      );
      const watcher = await fixture.run([process.execPath, '--watch', file]);
      const { json: answer } = await fixture.why();
      assert.deepEqual(
        [answer.holders[0].remedy, answer.holders[0].respawn.process.pid],
        ['stop-supervisor', watcher.child.pid],
      );
      const { code, json } = await fixture.free();
      assert.deepEqual([code, json.steps[0].act, json.steps[0].outcome], [0, 'stop-supervisor', 'stopped']);
      await watcher.ended();
    });

    it('what has started a server again is named, and the port is not reported as free', async () => {
      const again = `${python} ${join(fixture.stage.folder, 'port_holder.py')} listen ${fixture.port}`;
      const loop = await fixture.run(['/bin/bash', '-c', `${again}; sleep 0.5; ${again} & wait`]);
      const { code, json } = await fixture.free();
      const { kind, name, process: parent } = json.respawn;
      assert.deepEqual(
        [code, json.freed, kind, name, parent.pid],
        [1, false, 'parent', 'bash', loop.child.pid],
      );
      assert.match(json.message, /busy again/);
      assert.ok(loop.lives);
      const { json: answer } = await fixture.why();
      process.kill(answer.holders[0].owners[0].pid, 'SIGKILL');
      await loop.ended();
    });
  });
});
