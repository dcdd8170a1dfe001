/** How agents start, refuse to start, and end without leaving anything behind. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { StartExit } from '../../agent/common/start-exit';
import { dynamicIds } from '../../agent/common/user-namespace';
import { agentStatus } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { type BpfIds, heldBpf, heldHooks, stillThere } from '../helpers/bpf-objects';
import { engines, usualEngine } from '../helpers/engines';
import { isRunning } from '../helpers/holders/descendants';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { end, run, start as startProgram, until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';
import { idsOf } from '../helpers/threads';
import { introduction, Wire } from '../helpers/wire';

const [ipv4] = places as [Place];
const nothing: BpfIds = { prog: [], map: [], link: [] };

describe('the life of an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let path: string;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    path = agentSocketPath(stage.user.uid);
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  interface Running {
    readonly agent: AgentProcess;
    readonly broker: number;
    readonly bpf: BpfIds;
  }

  async function start(...args: string[]): Promise<Running> {
    const agent = await stage.agent(args);
    const broker = await agent.brokerPid();
    const bpf = heldBpf(broker);
    for (const [kind, ids] of Object.entries(bpf)) assert.notEqual(ids.length, 0, kind);
    return { agent, broker, bpf };
  }

  /** The agent and its broker have ended, and their BPF objects are gone. */
  async function assertGone({ agent, broker, bpf }: Running): Promise<void> {
    await agent.ended();
    await until('the broker has ended', () => !isRunning(broker));
    await until('the kernel has freed its BPF objects', async () => {
      const left = await stillThere(bpf);
      return JSON.stringify(left) === JSON.stringify(nothing);
    });
  }

  async function assertSocketFileGone(): Promise<void> {
    await until('the socket file is gone', () => !existsSync(path));
  }

  /** A new agent starts where the old one was, and works. */
  async function assertStartsAgain(): Promise<void> {
    const { agent } = await start();
    const name = `again ${agent.pid}`;
    const { pairs } = await connectAll(server, peer, ipv4, name, ['victim', 'bystander']);
    const client = await agent.client();
    const result = await destroyOne(client, await targetByCookie(client, pairs.victim.client));
    assert.deepEqual([result.outcome, result.engine], ['destroyed', usualEngine]);
    assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await agent.stop();
  }

  describe('ends', () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      it(`by ${signal}, and leaves nothing`, async () => {
        const running = await start();
        running.agent.signal(signal);
        assert.equal(await running.agent.ended(), 0);
        await assertGone(running);
        await assertSocketFileGone();
      });

    /** How often the first thread of a process has gone to sleep. */
    const sleeps = (pid: number) =>
      Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

    it('has no timer and no poll while nobody asks', async () => {
      const { agent, broker } = await start();
      const before = [sleeps(agent.pid), sleeps(broker)];
      await sleep(2000);
      const [ofAgent = Number.NaN, ofBroker = Number.NaN] = [sleeps(agent.pid), sleeps(broker)].map(
        (now, index) => now - (before[index] ?? Number.NaN),
      );
      // It may not have slept yet since its last answer.
      assert.ok(ofBroker <= 1, `the broker woke ${ofBroker} times`);
      // V8 collects some seconds after a start.
      assert.ok(ofAgent < 10, `the agent woke ${ofAgent} times`);
      await agent.stop();
    });

    it('R19: on request, which is answered', async () => {
      const running = await start();
      const wire = await Wire.open(stage.user.uid);
      await wire.ask(1, 'initialize', introduction);
      assert.deepEqual(await wire.ask(2, 'agent/stop', {}), { jsonrpc: '2.0', id: 2, result: null });
      assert.equal(await running.agent.ended(), 0);
      await assertGone(running);
      await assertSocketFileGone();
    });

    it('on the messages shutdown and exit of an editor, only the connection ends', async () => {
      const { agent } = await start();
      const wire = await Wire.open(stage.user.uid);
      await wire.ask(1, 'initialize', introduction);
      await wire.ask(2, 'shutdown', null);
      const exit = '{"jsonrpc":"2.0","method":"exit"}';
      wire.send(`Content-Length: ${exit.length}\r\n\r\n${exit}`);
      await wire.closed();
      assert.equal((await (await agent.client()).request(agentStatus, {})).pid, agent.pid);
      await agent.stop();
    });

    it('R19: after its idle time without a client, and not while there is one', async () => {
      const agent = await stage.agent(['--idle-exit', '5s']);
      const client = await agent.client();
      await sleep(6000);
      assert.equal((await client.request(agentStatus, {})).idleExitMs, 5000);
      client.close();
      assert.equal(await agent.ended(), 0);
      assert.match(agent.stderr, /The agent ends: no client/);
      await assertSocketFileGone();
    });
  });

  describe('R19: killed with -9', () => {
    async function connectOne(name: string): Promise<Pair> {
      return (await connectAll(server, peer, ipv4, name, [name])).pairs[name] as Pair;
    }

    for (const victim of ['agent', 'broker'] as const)
      it(`the ${victim}: the other one ends too, with its hooks, and a new agent starts`, async () => {
        const running = await start();
        await connectOne(victim);
        const words = ['destroy', '--next', 'remote:9', '--wait', '60s', '--yes', '--json'];
        const waiting = stage.sockscope(words);
        await until('the hooks are attached', () => heldHooks(running.broker).length === 2);
        const bpf = heldBpf(running.broker);
        process.kill(victim === 'agent' ? running.agent.pid : running.broker, 'SIGKILL');
        const { code, stdout, stderr } = await waiting;
        assert.deepEqual([code, stdout], [1, ''], stderr);
        assert.match(stderr, /agent/);
        await assertGone({ ...running, bpf });
        if (victim === 'agent') await assertSocketFileGone();
        assert.equal((await stage.sockscope(['agent', 'status'])).code, 3);
        await assertEchoes([peer, victim], [server, victim]);
        await assertStartsAgain();
        await assertSocketFileGone();
      });
  });

  it('a walker killed with -9 destroys nothing more, is reported, and the next one works', {
    skip: existsSync('/usr/bin/strace') ? false : 'strace is not installed',
  }, async () => {
    const { agent, broker } = await start();
    const { pairs } = await connectAll(server, peer, ipv4, 'walkers', ['victim', 'bystander']);
    const client = await agent.client();
    const target = await targetByCookie(client, pairs.victim.client);
    // prctl is what a walker does right after the fork, and the broker never.
    const kill = ['--trace=prctl', '--inject=prctl:signal=SIGKILL', '--output=/dev/null'];
    const strace = startProgram(
      ['strace', '--follow-forks', `--attach=${broker}`, ...kill],
      {},
      { stdio: 'ignore' },
    );
    await until('strace traces the broker', () => isTraced(broker));
    for (const engine of ['auto', ...engines] as const) {
      const { outcome, errno, message } = await destroyOne(client, target, { engine });
      assert.deepEqual([outcome, errno], ['failed', 'EINTR'], message);
    }
    await end(strace, 'SIGTERM');
    for (const name of ['victim', 'bystander']) await assertEchoes([peer, name], [server, name]);
    const result = await destroyOne(client, target);
    assert.deepEqual([result.outcome, result.engine], ['destroyed', usualEngine], result.message);
    assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await agent.stop();
  });

  function isTraced(pid: number): boolean {
    return !/^TracerPid:\s*0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  }

  describe('starts', () => {
    it('by real sudo, for the user who typed the password', async () => {
      const command = [process.execPath, join(stage.folder, 'agent.js'), 'serve'];
      const sudo = ['sudo', '--stdin', '--prompt=', '--', ...command];
      const { netns, user } = stage;
      const finished = run(sudo, { netns, user }, `${user.password}\n`);
      await until('it answers', async () => (await stage.sockscope(['agent', 'status'])).code === 0);
      const { json } = await stage.sockscope(['agent', 'status', '--json']);
      assert.equal(json.agent.uid, user.uid);
      const { uid } = idsOf(json.agent.pid);
      assert.ok(uid >= dynamicIds.first && uid <= dynamicIds.last, `${uid}`);
      assert.equal((await stage.sockscope(['agent', 'stop'])).code, 0);
      assert.equal((await finished).code, 0);
      await assertSocketFileGone();
    });

    it('not without root', async () => {
      const command = [process.execPath, join(stage.folder, 'agent.js'), 'serve'];
      const { code, stderr } = await run(command, { user: stage.user });
      assert.deepEqual(
        [code, stderr],
        [StartExit.refused, 'The agent needs root to start: sudo sockscope agent serve\n'],
      );
    });

    it('R3: not a second time for the same user', async () => {
      const { agent } = await start();
      await assertRefused(/already running/);
      assert.equal((await (await agent.client()).request(agentStatus, {})).pid, agent.pid);
      await agent.stop();
    });

    it('R4: in folders of root, with a socket for its user alone', async () => {
      const { agent } = await start();
      const [folder, file] = [lstatSync(dirname(path)), lstatSync(path)];
      assert.deepEqual([folder.uid, folder.mode & 0o777], [0, 0o755]);
      assert.deepEqual([file.uid, file.mode & 0o777, file.isSocket()], [stage.user.uid, 0o600, true]);
      await agent.stop();
    });

    it('over a socket file without a listener', async () => {
      execFileSync(python, [
        '-c',
        'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
        path,
      ]);
      assert.equal((await stage.asRoot(['agent', 'status'])).code, 3);
      rmSync(path);
      execFileSync(python, [
        '-c',
        'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
        path,
      ]);
      await assertStartsAgain();
    });
  });

  async function assertRefused(message: RegExp): Promise<void> {
    const starting = stage.agent();
    await assert.rejects(starting, (error: Error) => message.test(error.message));
  }

  describe('R5: refuses files and folders that another user planted, and leaves them as they were', () => {
    let elsewhere: string;
    beforeEach(() => {
      rmSync(dirname(path), { recursive: true, force: true });
      elsewhere = join(stage.folder, 'elsewhere');
      rmSync(elsewhere, { recursive: true, force: true });
      mkdirSync(elsewhere);
      writeFileSync(join(elsewhere, 'file'), 'precious');
    });
    after(() => rmSync(dirname(path), { recursive: true, force: true }));

    const folder = () => dirname(path);
    const inFolder = (plant: () => void) => () => {
      mkdirSync(folder(), { mode: 0o755 });
      plant();
    };
    const fifo = (at: string) => execFileSync('mkfifo', [at]);
    const planted: readonly [string, () => string, () => void][] = [
      ['a file for the folder', folder, () => writeFileSync(folder(), 'precious')],
      ['a link for the folder', folder, () => symlinkSync(elsewhere, folder())],
      ['a fifo for the folder', folder, () => fifo(folder())],
      ["the user's own folder", folder, () => foreignFolder(folder())],
      ['a folder that others may write', folder, () => execFileSync('mkdir', ['-m', '777', folder()])],
      ['a file for the socket', () => path, inFolder(() => writeFileSync(path, 'precious'))],
      ['a link for the socket', () => path, inFolder(() => symlinkSync(join(elsewhere, 'file'), path))],
      ['a fifo for the socket', () => path, inFolder(() => fifo(path))],
      ['a folder for the socket', () => path, inFolder(() => mkdirSync(path))],
      [
        'a link for the lock',
        () => join(folder(), 'lock'),
        inFolder(() => symlinkSync(join(elsewhere, 'file'), join(folder(), 'lock'))),
      ],
    ];
    for (const [what, where, plant] of planted)
      it(what, async () => {
        plant();
        const before = trace(where());
        await assertRefused(/is not a folder that only root can change|is not a socket|ELOOP/);
        assert.deepEqual(trace(where()), before);
        assert.equal(readFileSync(join(elsewhere, 'file'), 'utf8'), 'precious');
        assert.deepEqual(trace(join(elsewhere, 'file')).mode & 0o777, 0o644);
        const { code, stderr } = await stage.sockscope(['destroy', ':9', '--yes']);
        assert.equal(code, 3, stderr);
      });

    function foreignFolder(at: string): void {
      mkdirSync(at);
      execFileSync('chown', [`${stage.user.uid}`, at]);
    }

    function trace(at: string) {
      const { ino, mode, uid, gid, mtimeMs, ctimeMs, size } = lstatSync(at);
      return { ino, mode, uid, gid, mtimeMs, ctimeMs, size };
    }
  });
});
