/** Privileges that the agent has dropped, that the broker keeps, and that neither has. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants } from '../../agent/broker-link/native';
import { Client } from '../../agent/client/connect';
import { listPage } from '../../agent/client/list-all';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { dynamicIds } from '../../agent/common/user-namespace';
import { agentStatus, explainPort, inspectSocket, type Target } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldBpf } from '../helpers/bpf-objects';
import { children } from '../helpers/children';
import { engines } from '../helpers/engines';
import type { Netns } from '../helpers/netns';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertPrivileges, rowOf } from '../helpers/privileges';
import { end, type RunOptions, run, start, until, which } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';
import { capabilitySet, idsOf, threadRights } from '../helpers/threads';

const [ipv4] = places as [Place];

describe('privileges', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let broker: number;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    broker = await agent.brokerPid();
    await stage.sockscope(['list']); // whatever threads it starts are there now
  });
  after(() => stage?.close());

  it('R20: every thread of the agent runs under a uid of its own, without capabilities, and sealed', () => {
    assert.ok(threadRights(agent.pid).length > 4, 'Node has several threads');
    const { uid } = idsOf(agent.pid);
    assert.ok(uid >= dynamicIds.first && uid <= dynamicIds.last, `${uid}`);
    assert.equal(lstatSync(agentSocketPath(stage.user.uid)).uid, stage.user.uid);
    assertPrivileges(agent.pid, 'agent', uid);
  });

  it('R20: the broker has one thread, the stated capabilities, and a filter of system calls', () => {
    assert.equal(threadRights(broker).length, 1);
    assertPrivileges(broker, 'broker');
  });

  it("an observer has its user's privileges, and no others", async () => {
    const { info } = await stage.observer();
    const none = capabilitySet();
    const { uid, gid } = stage.user;
    for (const { CapBnd: _, ...rights } of threadRights(info.pid))
      assert.deepEqual(rights, {
        Uid: `${uid} ${uid} ${uid} ${uid}`,
        Gid: `${gid} ${gid} ${gid} ${gid}`,
        Groups: '',
        CapInh: none,
        CapPrm: none,
        CapEff: none,
        CapAmb: none,
        NoNewPrivs: '0',
        Seccomp: '0',
      });
    assert.deepEqual(rowOf('observer').capabilities, []);
  });

  it('neither can be read or traced by its user', () => {
    for (const pid of [agent.pid, broker])
      assert.equal(statSync(`/proc/${pid}/environ`).uid, 0, 'not dumpable: /proc belongs to root');
  });

  it('the agent holds no BPF object, the broker no socket of a client', () => {
    assert.deepEqual(heldBpf(agent.pid), { prog: [], map: [], link: [] });
    const sockets = readdirSync(`/proc/${broker}/fd`).filter((fd) =>
      readlinkSync(`/proc/${broker}/fd/${fd}`).startsWith('socket:'),
    );
    assert.equal(sockets.length, 1, 'the socketpair');
  });

  it('R7: one Unix listener, and nothing on the network', async () => {
    const ofAgent = ({ stdout }: { stdout: string }) =>
      stdout
        .split('\n')
        .filter((line) => line.includes(`pid=${agent.pid},`) || line.includes(`pid=${broker},`));
    const unix = ofAgent(await run(['ss', '-xlnpH'], { netns: stage.netns }));
    assert.equal(unix.length, 1, unix.join('\n'));
    assert.ok(unix[0]?.includes(agentSocketPath(stage.user.uid)));
    assert.deepEqual(ofAgent(await run(['ss', '-tuanpH'], { netns: stage.netns })), []);
  });

  /** As its user: tgkill signals one thread, kill the process. */
  const signalThreads = `
import ctypes, os, signal, sys
pid = int(sys.argv[1])
for thread in os.listdir(f'/proc/{pid}/task'):
    if ctypes.CDLL(None, use_errno=True).tgkill(pid, int(thread), signal.SIGUSR1) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
os.kill(pid, signal.SIGUSR1)
`;

  /** After SIGUSR1 by its own uid no TCP socket of the process listens. */
  async function assertNoDebugger(pid: number, netns: Netns) {
    const { code, stderr } = await run([python, '-c', signalThreads, String(pid)], { user: idsOf(pid) });
    assert.equal(code, 0, stderr);
    await sleep(500); // Node opens its debugger from a thread of its own
    const { stdout } = await run(['ss', '-tlnpH'], { netns });
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.includes(`pid=${pid},`)),
      [],
    );
  }

  it('SIGUSR1 from its own uid, to every thread, opens no debugger', async () => {
    await assertNoDebugger(agent.pid, stage.netns);
    assert.equal((await (await agent.client()).request(agentStatus, {})).pid, agent.pid);
  });

  it("root's private agent runs under a uid of its own, too, and SIGUSR1 opens no debugger in it", async () => {
    const netns = stage.makeNetns('direct'); // the debugger's port is free there
    const command = [process.execPath, join(stage.folder, 'agent.js'), 'direct'];
    const child = start(command, { netns }, { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      assert.ok(child.pid && child.stdin && child.stdout);
      const client = await Client.over(child.stdout, child.stdin, () => child.stdin?.end());
      assert.equal((await client.request(agentStatus, {})).pid, child.pid);
      const { uid } = idsOf(child.pid);
      assert.ok(uid >= dynamicIds.first && uid <= dynamicIds.last, `${uid}`);
      await assertNoDebugger(child.pid, netns);
      assert.equal((await client.request(agentStatus, {})).pid, child.pid);
      client.close();
    } finally {
      await end(child);
    }
  });

  const runOptions = (): RunOptions => ({ user: stage.user, netns: stage.netns });

  it('R10: a sealed process cannot start a program, and continues to work', async () => {
    const script = `
      const { spawnSync } = require('node:child_process');
      const { readdirSync, readFileSync } = require('node:fs');
      const { Worker } = require('node:worker_threads');
      const tries = [];
      tries.push(spawnSync('/bin/true').status);
      require(${JSON.stringify(join(stage.folder, 'sockscope.node'))}).sealProcess();
      tries.push(spawnSync('/bin/true').error?.code);
      const sealed = () => readdirSync('/proc/self/task').every((thread) =>
        /^Seccomp:\\t2$/m.test(readFileSync('/proc/self/task/' + thread + '/status', 'utf8')));
      tries.push(sealed());
      const worker = new Worker("require('node:child_process').spawnSync('/bin/true').error.code", { eval: true });
      worker.on('exit', (code) => {
        tries.push(code, sealed());
        console.log(JSON.stringify(tries));
      });`;
    const { stdout, stderr } = await run([process.execPath, '-e', script], runOptions());
    assert.equal(stdout, '[0,"EPERM",true,0,true]\n', stderr);
  });

  it('a process that is still root, or has a capability, refuses to be sealed', async () => {
    const script = `
      try {
        require(${JSON.stringify(join(stage.folder, 'sockscope.node'))}).sealProcess();
      } catch ({ message }) {
        console.log(message);
      }`;
    const { uid, gid } = stranger;
    const keeping = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    const capability = ['--inh-caps=+kill', '--ambient-caps=+kill', '--'];
    for (const [through, said] of [
      [[], "a process of root's"],
      [['setpriv', `--reuid=${uid}`, '--clear-groups', '--'], "a process of root's"],
      [[...keeping, ...capability], 'a process with capabilities'],
    ] as const) {
      const { stdout, stderr } = await run([...through, process.execPath, '-e', script]);
      assert.equal(stdout, `seal ${said}: Operation not permitted\n`, stderr);
    }
  });

  it('a sealed process cannot create sockets or listeners; those that it has continue to work', async () => {
    const script = `
      const net = require('node:net');
      const { join } = require('node:path');
      const outcomes = [];
      const note = (server) => new Promise((resolve) =>
        server.on('error', ({ code }) => resolve(code)).on('listening', () => resolve('listens')));
      const connected = (options) => new Promise((resolve) =>
        net.connect(options).on('error', ({ code }) => resolve(code)).on('connect', () => resolve('connects')));
      const unlisted = '\\0sockscope-test-' + process.pid;
      const server = net.createServer().listen(unlisted);
      server.on('connection', (socket) => socket.end('served'));
      server.on('listening', async () => {
        const client = net.connect(unlisted);
        client.pause();
        await new Promise((resolve) => client.on('connect', resolve));
        require(${JSON.stringify(join('STAGE', 'sockscope.node'))}).sealProcess();
        for (const address of [{ port: 0, host: '127.0.0.1' }, { port: 0, host: '::1' }, unlisted + '-2'])
          outcomes.push(await note(net.createServer().listen(address)));
        outcomes.push(await connected({ port: 9, host: '127.0.0.1' }), await connected(unlisted));
        try {
          require('node:inspector').open(0);
          outcomes.push(require('node:inspector').url());
        } catch (error) {
          outcomes.push(error.code);
        }
        outcomes.push(String(await new Promise((resolve) => client.on('data', resolve).resume())));
        console.log(JSON.stringify(outcomes));
        process.exit();
      });`.replace('STAGE', stage.folder);
    const { stdout, stderr } = await run([process.execPath, '-e', script], runOptions());
    assert.deepEqual(
      JSON.parse(stdout),
      ['EPERM', 'EPERM', 'EPERM', 'EPERM', 'EPERM', null, 'served'],
      stderr,
    );
  });
});

/** exit_group, as in /proc/PID/syscall. */
const exitGroup = { x64: '231', arm64: '94' }[process.arch as 'x64' | 'arm64'];

describe('R20: the privileges of walkers', {
  skip: withoutRoot || (which('strace') ? false : 'strace is not installed'),
  timeout: 300_000,
}, () => {
  let stage: Stage;
  let client: Client;
  let broker: number;
  let strace: ChildProcess;
  let server: Puppet;
  let peer: Puppet;
  let made = 0;
  before(async () => {
    stage = new Stage();
    const agent = await stage.agent();
    client = await agent.client();
    broker = await agent.brokerPid();
    [server, peer] = [await stage.puppet(), await stage.puppet()];
    strace = await slowDown(broker);
    stage.onClose(() => end(strace, 'SIGTERM'));
  });
  after(() => stage?.close());

  /** A walker has done its work when it ends, which then takes some time. */
  async function slowDown(pid: number): Promise<ChildProcess> {
    const inject = ['--trace=exit_group', '--inject=exit_group:delay_enter=300ms'];
    const command = ['strace', '--follow-forks', `--attach=${pid}`, ...inject];
    const child = start(command, {}, { stdio: ['ignore', 'ignore', 'pipe'] });
    let traced = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      traced += text;
    });
    await until('strace traces the broker', () => /attached/.test(traced));
    return child;
  }

  function ends(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ')[0] === exitGroup;
    } catch {
      return false; // it has ended
    }
  }

  /** The rows of the table whose privileges walkers have during the request; every walker has those of one. */
  async function rowsSeen(request: Promise<unknown>): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    let over = false;
    const finished = request.finally(() => {
      over = true;
    });
    while (!over) {
      for (const walker of children(broker).filter(ends)) for (const row of rowsLike(walker)) seen.add(row);
      await sleep(10);
    }
    await finished;
    return seen;
  }

  /** More than one: two kinds without capabilities differ in their system calls alone. */
  function rowsLike(pid: number): string[] {
    const rows = constants.privileges
      .map(({ process: name }) => name)
      .filter((name) => name.startsWith('walker'));
    const wrong: string[] = [];
    const like = rows.filter((row) => {
      try {
        assertPrivileges(pid, row);
        return true;
      } catch (error) {
        wrong.push(String(error));
        return false;
      }
    });
    if (like.length === 0 && ends(pid))
      assert.fail(`a walker has the privileges of none: ${wrong.join('\n')}`);
    return like;
  }

  /** Asks until such a walker is seen: on a busy machine one may be over before anybody looks. */
  async function untilSeen(row: string, ask: () => Promise<unknown>): Promise<void> {
    await until(`a ${row} is seen`, async () => (await rowsSeen(ask())).has(row));
  }

  /** A new connection. */
  async function connected(): Promise<Target> {
    const name = `connection ${++made}`;
    const { pairs } = await connectAll(server, peer, ipv4, `for ${name}`, [name]);
    return targetByCookie(client, pairs[name]?.client ?? { cookie: '' });
  }

  const walkers = { bpf: 'walker: walk', sock_diag: 'walker: sock_diag' };
  for (const engine of engines)
    it(walkers[engine], () =>
      untilSeen(walkers[engine], async () => {
        const { outcome, message } = await destroyOne(client, await connected(), { engine });
        assert.equal(outcome, 'destroyed', message);
      }),
    );

  it('walker: query', async () => {
    const target = await connected();
    await untilSeen('walker: query', () => client.request(inspectSocket, { target }));
  });

  it('walker: bind trial', () =>
    untilSeen('walker: bind trial', async () => {
      const port = { port: 999, protocol: 'tcp', netns: null } as const;
      const { binds } = await client.request(explainPort, port);
      assert.ok(
        binds.every(({ error }) => error === null),
        'a privileged port can be bound',
      );
    }));

  it('walker: namespace', async () => {
    const exile = await stage.victim([python, join(stage.folder, 'exile.py')], { user: undefined });
    const inode = (await exile.command('leave')) as number;
    await exile.listen('left', { family: 'ipv4', address: '0.0.0.0' });
    await exile.command('back');
    await untilSeen('walker: namespace', async () => {
      const { namespaces } = await listPage(client, { filter: `net:${inode}` });
      assert.equal(namespaces.find(({ netns }) => netns === inode)?.errno, null);
    });
  });
});
