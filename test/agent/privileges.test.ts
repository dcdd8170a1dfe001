/** Privileges that the agent has dropped, that the broker keeps, and that neither has. */

import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../agent/client/connect';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { agentStatus } from '../../agent/protocol';
import { dynamicIds } from '../../agent/system/dynamic-ids';
import type { AgentProcess } from '../helpers/agent-process';
import { heldBpf } from '../helpers/bpf-objects';
import type { Netns } from '../helpers/netns';
import { end, run, start } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { capabilitySet, idsOf, threadRights } from '../helpers/threads';

const none = capabilitySet();

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

  it('every thread of the agent runs under a uid of its own, without capabilities, and sealed', () => {
    const threads = threadRights(agent.pid);
    assert.ok(threads.length > 4, 'Node has several threads');
    const { uid, gid } = idsOf(agent.pid);
    assert.ok(uid >= dynamicIds.first && uid <= dynamicIds.last && gid === uid, `${uid} ${gid}`);
    assert.equal(lstatSync(agentSocketPath(stage.user.uid)).uid, stage.user.uid);
    for (const { CapBnd: _, ...rights } of threads)
      assert.deepEqual(rights, {
        Uid: `${uid} ${uid} ${uid} ${uid}`,
        Gid: `${gid} ${gid} ${gid} ${gid}`,
        Groups: '',
        CapInh: none,
        CapPrm: none,
        CapEff: none,
        CapAmb: none,
        NoNewPrivs: '1',
        Seccomp: '2',
      });
  });

  it('the broker has one thread, the stated capabilities, and a filter of system calls', () => {
    const kept = capabilitySet('SYS_ADMIN', 'SYS_PTRACE', 'NET_ADMIN', 'KILL', 'NET_BIND_SERVICE');
    const threads = threadRights(broker);
    assert.equal(threads.length, 1);
    for (const { CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs, Seccomp } of threads)
      assert.deepEqual(
        { CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs, Seccomp },
        {
          CapInh: none,
          CapPrm: kept,
          CapEff: kept,
          CapBnd: kept,
          CapAmb: none,
          NoNewPrivs: '1',
          Seccomp: '2',
        },
      );
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

  it('one Unix listener, and nothing on the network', async () => {
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

  it('a sealed process cannot start a program, and continues to work', async () => {
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
    for (const user of [stage.user, undefined]) {
      const { stdout, stderr } = await run([process.execPath, '-e', script], { user, netns: stage.netns });
      assert.equal(stdout, '[0,"EPERM",true,0,true]\n', stderr);
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
    const { stdout, stderr } = await run([process.execPath, '-e', script], { netns: stage.netns });
    assert.deepEqual(
      JSON.parse(stdout),
      ['EPERM', 'EPERM', 'EPERM', 'EPERM', 'EPERM', null, 'served'],
      stderr,
    );
  });
});
