/** What the agent gave up, what the broker kept, and what neither can do any more. */

import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { agentSocketPath } from '../../agent/client/endpoint';
import type { AgentProcess } from '../helpers/agent-process';
import { heldBpf } from '../helpers/bpf-objects';
import { run } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';
import { capabilitySet, threadRights } from '../helpers/threads';

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

  test("every thread of the agent is the user's, without capabilities, and sealed", () => {
    const threads = threadRights(agent.pid);
    assert.ok(threads.length > 4, 'Node has several threads');
    const { uid, gid } = stage.user;
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

  test('the broker has one thread and the stated capabilities', () => {
    const kept = capabilitySet('SYS_ADMIN', 'SYS_PTRACE', 'NET_ADMIN', 'KILL', 'NET_BIND_SERVICE');
    const threads = threadRights(broker);
    assert.equal(threads.length, 1);
    for (const { CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs } of threads)
      assert.deepEqual(
        { CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs },
        { CapInh: none, CapPrm: kept, CapEff: kept, CapBnd: kept, CapAmb: none, NoNewPrivs: '1' },
      );
  });

  test('neither can be read or traced by its user', () => {
    for (const pid of [agent.pid, broker])
      assert.equal(statSync(`/proc/${pid}/environ`).uid, 0, 'not dumpable: /proc belongs to root');
  });

  test('the agent holds no BPF object, the broker no socket of a client', () => {
    assert.deepEqual(heldBpf(agent.pid), { prog: [], map: [], link: [] });
    const sockets = readdirSync(`/proc/${broker}/fd`).filter((fd) =>
      readlinkSync(`/proc/${broker}/fd/${fd}`).startsWith('socket:'),
    );
    assert.equal(sockets.length, 1, 'the socketpair');
  });

  test('one Unix listener, and nothing on the network', async () => {
    const ofAgent = ({ stdout }: { stdout: string }) =>
      stdout
        .split('\n')
        .filter((line) => line.includes(`pid=${agent.pid},`) || line.includes(`pid=${broker},`));
    const unix = ofAgent(await run(['ss', '-xlnpH'], { netns: stage.netns }));
    assert.equal(unix.length, 1, unix.join('\n'));
    assert.ok(unix[0]?.includes(agentSocketPath(stage.user.uid)));
    assert.deepEqual(ofAgent(await run(['ss', '-tuanpH'], { netns: stage.netns })), []);
  });

  test('a sealed process can start no program, and goes on working', async () => {
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
        require('node:net').createServer().listen(0, '127.0.0.1', function () {
          this.close();
          console.log(JSON.stringify(tries));
        });
      });`;
    for (const user of [stage.user, undefined]) {
      const { stdout, stderr } = await run([process.execPath, '-e', script], { user, netns: stage.netns });
      assert.equal(stdout, '[0,"EPERM",true,0,true]\n', stderr);
    }
  });
});
