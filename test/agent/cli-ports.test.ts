/** `sockscope why` and `sockscope free` with real holders: exit codes, JSON output, and which processes survive. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { freePort } from '../../agent/client/ports/free-port';
import type { PortHolder } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { isRunning } from '../helpers/holders/descendants';
import { end, type RunOptions, run as runToEnd, start } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

const { ECONNABORTED, ECONNRESET } = constants.errno;

/** A new port for each test: time-wait sockets stay for a minute. */
let port = 3000;

/** A program that holds a port, with the lines that it prints. */
class Holder {
  readonly #lines: Interface;

  private constructor(readonly child: ChildProcess) {
    assert.ok(child.stdout);
    this.#lines = createInterface({ input: child.stdout });
  }

  /** Resolves when it has printed a line. */
  static async start(command: readonly string[], runOptions: RunOptions): Promise<Holder> {
    const holder = new Holder(start(command, runOptions, { stdio: ['ignore', 'pipe', 'ignore'] }));
    holder.ready = await holder.line();
    return holder;
  }

  ready = '';

  /** Rejects if the program ends first. */
  async line(): Promise<string> {
    const lines = once(this.#lines, 'line') as Promise<[string]>;
    const [line] = await Promise.race([lines, once(this.#lines, 'close')]);
    if (line === undefined) throw new Error('It ended without a line');
    return line;
  }

  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ended(): Promise<void> {
    if (this.lives) await once(this.child, 'exit');
  }
}

/** The start time of a process, which distinguishes it from others with the same pid; null: it has ended. */
function lifeOf(pid: number): string | null {
  if (!isRunning(pid)) return null;
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[19] ?? null;
}

describe('why and free', { skip: withoutRoot }, () => {
  let stage: Stage;
  const holders: Holder[] = [];
  before(() => {
    stage = new Stage();
  });
  beforeEach(() => {
    port += 10;
  });
  afterEach(async () => {
    for (const holder of holders.splice(0)) await end(holder.child);
  });
  after(() => stage?.close());

  async function hold(kind: string, at = port, runOptions: RunOptions = {}): Promise<Holder> {
    return run([python, join(stage.folder, 'port_holder.py'), kind, String(at)], runOptions);
  }

  async function run(command: readonly string[], runOptions: RunOptions = {}): Promise<Holder> {
    const holder = await Holder.start(command, { user: stage.user, netns: stage.netns, ...runOptions });
    holders.push(holder);
    return holder;
  }

  const kinds = (json: { readonly holders: readonly PortHolder[] }) => json.holders.map(({ kind }) => kind);
  const free = (...words: string[]) => stage.sockscope(['free', String(port), '--yes', '--json', ...words]);
  const onTerminal = (input: string) => {
    const command = `${process.execPath} ${stage.folder}/sockscope.js free ${port}`;
    const script = ['script', '--quiet', '--return', '--command', command, '/dev/null'];
    return runToEnd(script, { user: stage.user, netns: stage.netns }, input);
  };
  const why = (...words: string[]) => stage.sockscope(['why', String(port), '--json', ...words]);

  describe('usage mistakes are exit 2 and do nothing', () => {
    const mistakes: readonly [what: string, words: readonly string[], message: RegExp][] = [
      ['why without a port', ['why'], /A port is needed, such as 3000/],
      ['free without a port', ['free', '--yes'], /A port is needed/],
      ['port 0', ['why', '0'], /"0" is not a port.*1 to 65535/],
      ['a port too high', ['free', '65536', '--yes'], /"65536".*such as 3000|"65536".*such as 65535/],
      ['a word', ['free', 'abc', '--yes'], /"abc" is not a port.*such as 3000/],
      ['letters after it', ['why', '3000x'], /"3000x".*such as 3000/],
      ['a negative one', ['free', '--yes', '--', '-3000'], /"-3000".*such as 3000/],
      ['two ports', ['free', '3000', '3001', '--yes'], /One port at a time/],
      ['an unknown option', ['why', '3000', '--ud'], /--ud.*nearest is --udp/],
      ['an unknown signal', ['free', '3000', '--yes', '--signal', 'HUP'], /"HUP".*nearest is/],
      ['a bad grace', ['free', '3000', '--yes', '--grace', '3'], /"3" is not a duration.*3s/],
      ['a long grace', ['free', '3000', '--yes', '--grace', '2h'], /at most 60 s/],
      ['no terminal to ask on', ['free', '3000'], /--yes.*sockscope why 3000/],
      ['taking over UDP', ['free', '3000', '--yes', '--udp', '--take-over'], /leave --udp away/],
    ];
    for (const [what, words, message] of mistakes)
      it(what, async () => {
        const holder = await hold('listen');
        const { code, stdout, stderr } = await stage.sockscope(words);
        assert.equal(code, 2, stderr);
        assert.match(stderr, message);
        assert.equal(stdout, '');
        assert.ok(holder.lives);
      });
  });

  describe('without the agent, as a plain user', () => {
    it('why names the listener and the results of binds', async () => {
      const { child } = await hold('listen');
      const { code, json } = await why();
      assert.equal(code, 0);
      assert.deepEqual(
        [json.schema, json.port, json.protocol, json.netns],
        [1, port, 'tcp', stage.netns.inode],
      );
      assert.deepEqual([json.free, kinds(json), json.holders[0].remedy], [false, ['listener'], 'signal']);
      assert.equal(json.holders[0].owners[0].pid, child.pid);
      const loopback = { netns: stage.netns.inode, address: '127.0.0.1', reuseaddr: false };
      assert.deepEqual(
        json.binds.find(
          (one: { address: string; reuseaddr: boolean }) => one.address === '127.0.0.1' && !one.reuseaddr,
        ),
        { ...loopback, error: 'EADDRINUSE' },
      );
      assert.match(json.message, /agent serve/);
      const { stdout } = await stage.sockscope(['why', String(port)]);
      assert.match(stdout, new RegExp(`^Port ${port} is busy: python3 \\(pid ${child.pid}\\) listens`));
    });

    it('a free port is reported as free, without a question', async () => {
      assert.deepEqual([(await why()).json.free, (await why()).json.holders], [true, []]);
      const { code, json } = await free();
      assert.deepEqual([code, json.freed, json.already, json.steps], [0, true, true, []]);
    });

    it('shows the plan on a terminal and asks once; after "no" nothing is done', async () => {
      const holder = await hold('listen');
      const no = await onTerminal('n\n');
      assert.equal(no.code, 1, no.stdout);
      assert.match(no.stdout, /1\. SIGTERM goes to python3.*alone.*\[y\/N\].*Nothing was done/s);
      assert.ok(holder.lives);
      assert.equal((await onTerminal('y\n')).code, 0);
      await holder.ended();
    });

    for (const kind of ['listen', 'plain', 'bound', 'udp'])
      it(`frees what is ${kind}`, async () => {
        const holder = await hold(kind);
        const udp = kind === 'udp' ? ['--udp'] : [];
        const { code, json } = await free(...udp);
        assert.deepEqual([code, json.freed, json.already], [0, true, false]);
        assert.deepEqual(
          json.steps.map(({ act, outcome }: { act: string; outcome: string }) => [act, outcome]),
          [['signal', 'exited']],
        );
        assert.ok(!holder.lives);
        await hold(kind); // for real
      });

    it('a dev server with a connection needs no agent, and the client survives', async () => {
      await hold('listen');
      const client = await hold('client');
      const { code, json } = await free();
      assert.deepEqual([code, json.freed, json.needsReuseaddr], [0, true, true]);
      assert.ok(client.lives);
      await hold('listen');
    });

    it('a process that inherited the listening socket is left alone and reported, and a second free offers to end it', async () => {
      const server = await hold('helper');
      const heir = Number(server.ready.split(' ')[1]);
      const life = lifeOf(heir);
      try {
        const { json: answer } = await why();
        assert.match(
          answer.holders[0].why,
          new RegExp(`python3 \\(pid ${server.child.pid}\\) and sleep \\(pid ${heir}\\) listen`),
        );
        const no = await onTerminal('n\n');
        assert.match(
          no.stdout,
          new RegExp(`Left alone: sleep \\(pid ${heir}\\) inherited the listening socket and is left alone`),
        );
        const { code, json } = await free('--grace', '500ms');
        assert.deepEqual([code, json.freed, json.steps.length], [1, false, 1], json.message);
        assert.deepEqual(
          [json.steps[0].target, json.steps[0].outcome],
          [`python3 (pid ${server.child.pid})`, 'exited'],
        );
        assert.match(
          json.message,
          new RegExp(`its server is gone, and sleep \\(pid ${heir}\\) still holds the port by inheritance`),
        );
        assert.match(json.message, new RegExp(`run sockscope free ${port} again`));
        assert.equal(lifeOf(heir), life);
        await assert.rejects(hold('listen'), /ended without a line/);
        const { code: then, json: next } = await free();
        assert.deepEqual([then, next.freed, next.steps[0].target], [0, true, `sleep (pid ${heir})`]);
        assert.equal(lifeOf(heir), null);
        await hold('listen');
      } finally {
        if (lifeOf(heir) === life) process.kill(heir, 'SIGKILL');
      }
    });

    it('a worker that inherited the listening socket ends with its server, and the port is free', async () => {
      const server = await hold('worker');
      const { code, json } = await free();
      assert.deepEqual([code, json.freed, json.steps.length], [0, true, 1], json.message);
      assert.equal(json.steps[0].target, `python3 (pid ${server.child.pid})`);
    });

    it('a process that ignores SIGTERM is killed only with --signal KILL', async () => {
      const holder = await hold('deaf');
      const { code, json, stderr } = await free('--grace', '200ms');
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [1, false, 'running']);
      assert.match(stderr, /--signal KILL/);
      assert.ok(holder.lives);
      assert.equal((await free('--signal', 'KILL')).code, 0);
      await holder.ended();
    });

    it("another user's server is exit 3, and survives", async () => {
      const holder = await hold('listen', port, { user: undefined });
      const { code, json, stderr } = await free();
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [3, false, 'needs-agent']);
      assert.match(stderr, /agent serve/);
      assert.ok(holder.lives);
    });

    it('time-wait is exit 3, and reported as harmless for servers with SO_REUSEADDR', async () => {
      await leaveTimeWait();
      const { code, json } = await free();
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [3, false, 'needs-agent']);
      assert.match(json.message, /SO_REUSEADDR/);
    });

    it('another namespace is exit 3', async () => {
      const { code, stderr } = await stage.sockscope([
        'why',
        String(port),
        '--net',
        stage.makeNetns('o').name,
      ]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /agent serve/);
    });

    it('a watcher is stopped instead of its child', async () => {
      const file = join(stage.folder, 'server.js');
      writeFileSync(file, `require('net').createServer().listen(${port}, () => console.log('ready'))`);
      const watcher = await run([process.execPath, '--watch', file]);
      const { json: answer } = await why();
      assert.deepEqual(
        [answer.holders[0].remedy, answer.holders[0].respawn.process.pid],
        ['stop-supervisor', watcher.child.pid],
      );
      const { code, json } = await free();
      assert.deepEqual([code, json.steps[0].act, json.steps[0].outcome], [0, 'stop-supervisor', 'stopped']);
      await watcher.ended();
    });

    it('a server that is started again is named, and the port is not reported as free', async () => {
      const again = `${python} ${join(stage.folder, 'port_holder.py')} listen ${port}`;
      const loop = await run(['/bin/bash', '-c', `${again}; sleep 0.5; ${again} & wait`]);
      const { code, json } = await free();
      assert.deepEqual([code, json.freed, json.respawn.name], [1, false, 'python3']);
      assert.match(json.message, /busy again/);
      assert.ok(loop.lives);
      process.kill(json.respawn.process.pid, 'SIGKILL');
      await loop.ended();
    });
  });

  describe('with the agent', () => {
    let agent: AgentProcess;
    before(async () => {
      agent = await stage.agent();
    });

    it('does not wait for an agent that does not answer', async () => {
      process.kill(agent.pid, 'SIGSTOP');
      try {
        const { code, stderr } = await why();
        assert.equal(code, 3);
        assert.match(stderr, /The agent does not answer within 5 s/);
      } finally {
        process.kill(agent.pid, 'SIGCONT');
      }
    });

    it('time-wait is destroyed', async () => {
      await leaveTimeWait();
      assert.deepEqual(kinds((await why()).json), ['time-wait']);
      const { code, json } = await free();
      assert.deepEqual([code, json.freed, json.needsReuseaddr], [0, true, false]);
      assert.deepEqual([json.steps[0].act, json.steps[0].outcome], ['destroy', 'destroyed']);
      await hold('plain'); // without SO_REUSEADDR
    });

    it('a server that waits for its sessions ends without SIGKILL', async () => {
      const server = await hold('smart');
      const accepted = server.line();
      const client = await hold('client');
      await accepted;
      const [ofServer, ofClient] = [server.line(), client.line()];
      const { code, json } = await free();
      assert.equal(code, 0, json.message);
      assert.deepEqual(
        json.steps.map(({ act, outcome }: { act: string; outcome: string }) => [act, outcome]),
        [
          ['destroy', 'destroyed'],
          ['signal', 'exited'],
        ],
      );
      assert.deepEqual([await ofServer, await ofClient], [`session ${ECONNABORTED}`, `errno ${ECONNRESET}`]);
      assert.deepEqual([server.child.exitCode, client.lives], [0, true]);
    });

    it('a client is left alone and reported', async () => {
      const server = await hold('listen', port + 1);
      const client = await hold('client', port + 1);
      const own = client.ready.split(' ')[1] ?? '';
      const { json: answer } = await stage.sockscope(['why', own, '--json']);
      assert.deepEqual([kinds(answer), answer.holders[0].remedy], [['client'], 'none']);
      const { code, json } = await stage.sockscope(['free', own, '--yes', '--json']);
      assert.deepEqual([code, json.freed, json.steps], [1, false, []]);
      assert.ok(client.lives && server.lives);
    });

    it('an unknown namespace is exit 2', async () => {
      const { code, stderr } = await why('--net', `${stage.netns.name}x`);
      assert.equal(code, 2, stderr);
      assert.match(stderr, new RegExp(`nearest is ${stage.netns.name}`));
    });

    it('only the named namespace is freed', async () => {
      const netns = stage.makeNetns('n');
      const here = await hold('listen');
      const there = await hold('listen', port, { netns });
      const { code, json } = await free('--net', netns.name);
      assert.deepEqual([code, json.netns, json.freed], [0, netns.inode, true]);
      assert.ok(here.lives);
      await there.ended();
    });

    it('a take-over frees the port, and the owner survives', async () => {
      const server = await hold('plain');
      const { code, json } = await free('--take-over');
      assert.deepEqual([code, json.freed, json.needsReuseaddr], [0, true, true], json.message);
      assert.equal(json.steps[0].outcome, 'taken-over');
      await hold('listen');
      assert.ok(server.lives);
    });

    it('a process that ends in between is reported as gone, and no other process is touched', async () => {
      const [first, bystander] = [await hold('listen'), await hold('listen', port + 1)];

      const report = await freePort(
        await agent.client(),
        { port, protocol: 'tcp', netns: null, signal: 'TERM', graceMs: 1000, takeOver: false },
        {
          confirm: async () => {
            await end(first.child);
            return true;
          },
          offerKill: async () => false,
          agent: async () => null,
          supervisorOf: () => null,
        },
      );
      assert.deepEqual([report.freed, report.steps.map(({ outcome }) => outcome)], [true, ['gone']]);
      assert.ok(bystander.lives);
    });
  });

  /** The server closes first, so only time-wait is left on the port. */
  async function leaveTimeWait(): Promise<void> {
    const server = await hold('closer');
    const accepted = server.line();
    const client = await hold('client');
    await accepted;
    await end(client.child);
    await end(server.child);
  }
});

describe('free with a read-only agent', { skip: withoutRoot }, () => {
  it('is exit 3, and nothing is done', async () => {
    const stage = new Stage();
    try {
      await stage.agent(['--read-only']);
      const holder = await Holder.start(
        [python, join(stage.folder, 'port_holder.py'), 'listen', String(port)],
        { user: stage.user, netns: stage.netns },
      );
      const { code, stderr } = await stage.sockscope(['free', String(port), '--yes']);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /read-only/);
      assert.ok(holder.lives);
      await end(holder.child);
    } finally {
      await stage.close();
    }
  });
});
