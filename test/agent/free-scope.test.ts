/**
 * What `free` asks container runtimes and process managers to stop: only what the scope allows to end, and what they themselves call
 * theirs. Real processes of two users; the runtimes are stand-ins.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { FreeReport } from '../../agent/client/ports/free-types';
import { planSignal } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import type { AgentProcess } from '../helpers/agent-process';
import { Cgroup, cgroup2Mount } from '../helpers/cgroup';
import { FakePrograms } from '../helpers/fake-programs';
import { isRunning } from '../helpers/holders/descendants';
import { type HoldingProgram, PortFixture } from '../helpers/port-fixture';
import { until } from '../helpers/programs';
import { type CommandResult, python, stranger, withoutRoot } from '../helpers/stage';

const mount = cgroup2Mount();
const id = 'd'.repeat(64);
const pm2 = 'PM2 v5.3.0: God Daemon (/home/ann/.pm2)';
const supervisord = '/usr/bin/supervisord';

const stops = ['docker stop', 'podman stop', 'pm2 stop', 'supervisorctl stop', 'systemctl stop'];

function outcomesOf({ json, stderr }: CommandResult): string[] {
  assert.ok(json, stderr);
  return (json as FreeReport).steps.map(({ act, outcome }) => `${act}: ${outcome}`);
}

describe('what free asks others to stop', { skip: withoutRoot || (!mount && 'no cgroup2') }, () => {
  let fixture: PortFixture;
  let fakes: FakePrograms;
  const cgroups: Cgroup[] = [];
  before(() => {
    fixture = new PortFixture(4200);
    fakes = new FakePrograms(fixture.stage);
  });
  beforeEach(() => {
    fixture.nextPort();
    fakes.reset();
  });
  afterEach(async () => {
    await fixture.endPrograms();
    for (const cgroup of cgroups.splice(0)) await cgroup.remove();
  });
  after(() => fixture?.close());

  function free(): Promise<CommandResult> {
    const words = ['free', String(fixture.port), '--yes', '--json', '--grace', '2s'];
    return fixture.stage.sockscope(words, { environment: fakes.environment });
  }

  /** In a cgroup that is called after the container; anybody can make one. */
  function contain({ child }: HoldingProgram): number {
    assert.ok(mount && child.pid);
    const cgroup = new Cgroup(mount, `docker-${id}.scope`);
    cgroups.push(cgroup);
    cgroup.take(child.pid);
    return child.pid;
  }

  /** A holder of the port, in such a cgroup. */
  async function contained(user: { uid: number; gid: number }): Promise<HoldingProgram> {
    const holder = await fixture.hold('listen', fixture.port, { user });
    contain(holder);
    return holder;
  }

  /** A holder of the port that a program of this name has started, as the same user. */
  function startedBy(
    name: string,
    user: { uid: number; gid: number },
    environment: Readonly<Record<string, string>> = {},
  ): Promise<HoldingProgram> {
    const holder = `setpriv --pdeathsig KILL ${python} ${fixture.stage.folder}/port_holder.py listen ${fixture.port}`;
    return fixture.run(['/bin/bash', '-c', `exec -a "$0" /bin/bash -c "${holder} & wait"`, name], {
      user,
      environment: { ...fakes.environment, ...environment },
    });
  }

  /** Docker's proxy for the port, by its name. */
  function proxyOf(user: { uid: number; gid: number } | undefined): Promise<HoldingProgram> {
    const script = `exec -a docker-proxy ${python} "$0" listen "$1"`;
    const holder = `${fixture.stage.folder}/port_holder.py`;
    return fixture.run(['/bin/bash', '-c', script, holder, `${fixture.port}`], { user });
  }

  /** The pid of the only child. */
  function childOf({ child: { pid } }: HoldingProgram): Promise<number> {
    return until(
      'it has a child',
      () => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')) || null,
    );
  }

  async function withAgent(args: readonly string[], work: (agent: AgentProcess) => Promise<void>) {
    const agent = await fixture.stage.agent(args);
    try {
      await work(agent);
    } finally {
      await agent.stop();
    }
  }

  it("another user's process, which its runtime confirms: denied, and the runtime is not asked to stop it", async () => {
    const holder = await contained(stranger);
    fakes.answer('docker', { inspect: `${holder.child.pid} always`, stop: '' });
    await withAgent([], async () => {
      const freed = await free();
      assert.deepEqual([freed.code, outcomesOf(freed)], [3, ['stop-container: denied']], freed.stderr);
      assert.match(
        freed.json.message,
        /belongs to another user.*agent restart --scope all; or run docker stop d{64}$/,
      );
      assert.deepEqual([fakes.calls(...stops), holder.lives], [[], true]);
    });
    await withAgent(['--scope', 'all'], async () => {
      const freed = await free();
      assert.deepEqual(fakes.calls(...stops), [`docker stop ${id}`], freed.stderr);
    });
  });

  it("a process that names somebody else's container: neither is ended, with any scope", async () => {
    const bystander = await fixture.hold('listen', fixture.port + 1);
    const holder = await contained(stranger);
    fakes.answer('docker', { inspect: `${bystander.child.pid} always`, stop: '' });
    await withAgent([], async () => {
      const freed = await free();
      assert.deepEqual([freed.code, outcomesOf(freed)], [3, ['signal: denied']], freed.stderr);
      assert.deepEqual([fakes.calls(...stops), holder.lives, bystander.lives], [[], true, true]);
    });
    await withAgent(['--scope', 'all'], async () => {
      const freed = await free();
      assert.deepEqual([freed.code, outcomesOf(freed)], [0, ['signal: exited']], freed.stderr);
      assert.deepEqual([fakes.calls(...stops), bystander.lives], [[], true]);
    });
  });

  for (const [agent, args] of [
    ['with an agent', []],
    ['without an agent', null],
  ] as const) {
    const around = (work: () => Promise<void>) => (args ? withAgent(args, work) : work());

    it(`${agent}: one's own process in a container is stopped through its runtime`, () =>
      around(async () => {
        const holder = await contained(fixture.stage.user);
        fakes.answer('docker', { inspect: `${holder.child.pid} always`, stop: '' });
        const freed = await free();
        assert.deepEqual(
          [fakes.calls(...stops), outcomesOf(freed)],
          [[`docker stop ${id}`], ['stop-container: stopped', 'signal: exited']],
          freed.stderr,
        );
      }));

    it(`${agent}: a published port, by whose processes its container has`, () =>
      around(async () => {
        const proxy = await proxyOf(fixture.stage.user);
        const [own, other, apart] = [
          await fixture.run(['/bin/sh', '-c', 'echo; exec sleep 600']),
          await fixture.run(['/bin/sh', '-c', 'echo; exec sleep 600'], { user: stranger }),
          await fixture.run(['/bin/sh', '-c', 'echo; exec sleep 600']),
        ];
        for (const program of [own, other]) contain(program);
        const ps = `${id}\\tweb\\t127.0.0.1:${fixture.port}->80/tcp`;
        for (const [main, step, code] of [
          [other, 'denied', 3],
          [apart, 'failed', 1], // the pid of another machine or pid namespace
          [own, 'stopped', 1], // a stand-in stops nothing
        ] as const) {
          fakes.answer('docker', { ps, inspect: `${main.child.pid}`, stop: '' });
          const freed = await free();
          assert.deepEqual(
            [freed.code, outcomesOf(freed)],
            [code, [`stop-container: ${step}`]],
            freed.stdout,
          );
          assert.deepEqual(fakes.calls(...stops), step === 'stopped' ? [`docker stop ${id}`] : []);
          if (step === 'denied')
            assert.match(
              freed.json.message,
              /sleep \(pid \d+\) belongs to another user.*; or run docker stop d{64}$/,
            );
        }
        assert.ok(proxy.lives && own.lives && other.lives && apart.lives);
      }));

    it(`${agent}: one's own program of pm2 and of supervisord is stopped by that`, () =>
      around(async () => {
        const names = { SUPERVISOR_GROUP_NAME: 'web', SUPERVISOR_PROCESS_NAME: 'web_00' };
        for (const [manager, stop] of [
          [pm2, 'pm2 stop 3'],
          [supervisord, 'supervisorctl stop web:web_00'],
        ] as const) {
          fakes.reset();
          const managed = await startedBy(manager, fixture.stage.user, names);
          const pid = await childOf(managed);
          fakes.answer('pm2', { jlist: `[{"pid":${pid},"pm_id":3}]`, stop: '' });
          fakes.answer('supervisorctl', { pid: `${pid}`, stop: '' });
          const freed = await free();
          assert.deepEqual(
            [fakes.calls(...stops), outcomesOf(freed)],
            [[stop], ['stop-supervisor: stopped', 'signal: exited']],
            freed.stderr,
          );
          await fixture.endPrograms();
        }
      }));
  }

  it("a published port with a proxy of root's: denied, whoever has the container's processes", async () => {
    const proxy = await proxyOf(undefined);
    const own = await fixture.run(['/bin/sh', '-c', 'echo; exec sleep 600']);
    contain(own);
    const ps = `${id}\\tweb\\t127.0.0.1:${fixture.port}->80/tcp`;
    fakes.answer('docker', { ps, inspect: `${own.child.pid}`, stop: '' });
    await withAgent([], async () => {
      const freed = await free();
      assert.deepEqual([freed.code, outcomesOf(freed)], [3, ['stop-container: denied']], freed.stdout);
      assert.match(freed.json.message, new RegExp(`\\(pid ${proxy.child.pid}\\) belongs to another user`));
      assert.deepEqual([fakes.calls(...stops), proxy.lives, own.lives], [[], true, true]);
    });
  });

  it("another user's pm2 and supervisord: this user's are not asked, with any scope", async () => {
    const names = { SUPERVISOR_GROUP_NAME: 'web', SUPERVISOR_PROCESS_NAME: 'web_00' };
    for (const manager of [pm2, supervisord]) {
      const pid = await childOf(await startedBy(manager, stranger, names));
      // As if this user's had run a program with that pid before.
      fakes.answer('pm2', { jlist: `[{"pid":${pid},"pm_id":3}]`, stop: '' });
      fakes.answer('supervisorctl', { pid: `${pid}`, stop: '' });
      for (const args of [[], ['--scope', 'all']])
        await withAgent(args, async () => {
          const freed = await free();
          assert.equal(freed.code, 1, freed.stderr);
          assert.match(
            freed.json.message,
            /is left alone: "(pm2|supervisord)".*runs it together with others/,
          );
          assert.deepEqual([fakes.calls('pm2', 'supervisorctl'), isRunning(pid)], [[], true]);
        });
      await fixture.endPrograms();
    }
  });

  it('processes/plan says what a signal would be, and sends none', async () => {
    const { stage } = fixture;
    const [own, other] = [await stage.puppet(), await stage.puppet({ user: stranger })];
    const plans = (pids: readonly number[], startTime?: string) =>
      pids.map((pid) => ({ pid, startTime: startTime ?? startTimeOf(pid) }));
    await withAgent([], async (agent) => {
      const asked = [...plans([own.pid, other.pid, 1]), ...plans([own.pid], '1')];
      for (const client of [await agent.client(), await stage.observer()]) {
        const acts = [];
        for (const process of asked) acts.push((await client.request(planSignal, process)).act);
        assert.deepEqual(acts, ['signal', 'denied', 'protected', 'gone'], client.info.mode);
      }
    });
    assert.deepEqual([own.ended, other.ended], [null, null]);
  });
});
