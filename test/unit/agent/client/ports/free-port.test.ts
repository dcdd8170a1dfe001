/** The steps that free a port, their order, and the report, against a scripted agent. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '../../../../../agent/client/ports/free-port';
import type {
  FreeOptions,
  FreePlan,
  FreePrompts,
  FreeReport,
  Supervisor,
} from '../../../../../agent/client/ports/free-types';
import type { AgentInfo, Owner, PortHolder } from '../../../../../agent/protocol';
import { holder, netns, PortWorld } from '../../../../helpers/port-world';
import { owner } from '../../../../helpers/sockets';

const node = owner('node', 42);
const options: FreeOptions = {
  port: 3000,
  protocol: 'tcp',
  netns: null,
  signal: 'TERM',
  graceMs: 20,
  takeOver: false,
};
const pace = { lifeMs: 5, holderMs: 5, watchMs: 20, parentWatchMs: 40 };

/** Answers yes to the plan and no to everything else, unless configured otherwise. */
class Agreeing implements FreePrompts {
  readonly plans: FreePlan[] = [];
  readonly offered: number[] = [];
  agentsAsked = 0;
  answers = { confirm: true, kill: false };
  had: PortWorld | null = null;
  supervisor: Supervisor | null = null;

  async confirm(plan: FreePlan): Promise<boolean> {
    this.plans.push(plan);
    return this.answers.confirm;
  }

  async offerKill({ pid }: Owner): Promise<boolean> {
    this.offered.push(pid);
    return this.answers.kill;
  }

  async agent(): Promise<PortWorld | null> {
    this.agentsAsked++;
    return this.had;
  }

  supervisorOf(): Supervisor | null {
    return this.supervisor;
  }
}

function free(
  world: PortWorld,
  person: FreePrompts = new Agreeing(),
  more: Partial<FreeOptions> = {},
): Promise<FreeReport> {
  return freePort(world, { ...options, ...more }, person, pace);
}

/** A listener whose first owner has started the other owners. */
function sharing(
  owners: readonly [Owner, ...Owner[]],
  info: Partial<AgentInfo> = {},
  others: readonly PortHolder[] = [],
): PortWorld {
  const world = new PortWorld([holder('listener', owners), ...others], info);
  const [{ pid, startTime, name }, ...started] = owners;
  for (const one of started) world.parents.set(one.pid, [{ pid, startTime, name, command: name, uid: 1000 }]);
  return world;
}

/** The confirmed steps name these processes. */
function assertNamed({ plans }: Agreeing, pids: readonly number[]): void {
  const whats = plans.flatMap(({ steps }) => steps.map(({ what }) => what)).join('\n');
  for (const pid of pids) assert.match(whats, new RegExp(`\\(pid ${pid}\\)`));
  assert.doesNotMatch(whats, /\bmore\b/);
}

const outcomes = ({ steps }: FreeReport) => steps.map(({ act, outcome }) => `${act} ${outcome}`);
const asObserver = { mode: 'observer', engines: [] } as const;

describe('freeing a port: plan and proof', () => {
  it('asks nothing if the port is free already', async () => {
    const person = new Agreeing();
    const report = await free(new PortWorld([]), person);
    assert.deepEqual([report.freed, report.already, report.provedMs], [true, true, null]);
    assert.deepEqual(person.plans, []);
  });

  it('does nothing after "no"', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const person = new Agreeing();
    person.answers.confirm = false;
    const report = await free(world, person);
    assert.equal(report.freed, false);
    assert.match(report.message, /^Nothing was done/);
    assert.deepEqual(world.acts, []);
  });

  it('ends a server by SIGTERM, without the agent, and proves by a bind that the port is free', async () => {
    const world = new PortWorld([holder('listener', [node])], asObserver);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual(world.acts, ['TERM 42']);
    assert.deepEqual(outcomes(report), ['signal exited']);
    assert.deepEqual([report.freed, report.already, report.needsReuseaddr], [true, false, false]);
    assert.equal(typeof report.provedMs, 'number');
    assert.equal(person.agentsAsked, 0);
  });

  it('does not bind while it watches for a new holder', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    await free(world);
    const lastBind = world.methods.lastIndexOf('ports/bind');
    assert.ok(world.methods.slice(lastBind + 1).filter((method) => method === 'sockets/list').length > 1);
  });

  it('reports the port as freed for servers with SO_REUSEADDR after a process has ended, without asking for the agent', async () => {
    const world = new PortWorld([holder('listener', [node]), holder('time-wait', [])], asObserver);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([report.freed, report.needsReuseaddr], [true, true]);
    assert.match(report.message, /SO_REUSEADDR/);
    assert.equal(person.agentsAsked, 0);
  });
});

describe('freeing a port: the agent', () => {
  it('destroys leftovers after the server has ended if there is an agent', async () => {
    const world = new PortWorld([holder('listener', [node]), holder('time-wait', [])]);
    const report = await free(world);
    assert.deepEqual(world.acts, ['TERM 42', 'destroy 1']);
    assert.deepEqual(outcomes(report), ['signal exited', 'destroy destroyed']);
    assert.equal(report.needsReuseaddr, false);
  });

  it('needs the agent for time-wait alone', async () => {
    const report = await free(new PortWorld([holder('time-wait', [])], asObserver));
    assert.deepEqual(outcomes(report), ['destroy needs-agent']);
    assert.equal(report.freed, false);
  });

  it('continues with the agent once it is connected', async () => {
    const person = new Agreeing();
    person.had = new PortWorld([holder('time-wait', [])]);
    const report = await free(new PortWorld([holder('time-wait', [])], asObserver), person);
    assert.deepEqual(person.had.acts, ['destroy 1']);
    assert.equal(report.freed, true);
    assert.equal(person.agentsAsked, 1);
  });

  it('asks for the agent before the plan if the owner is not visible', async () => {
    const person = new Agreeing();
    person.had = new PortWorld([holder('listener', [node])]);
    const report = await free(
      new PortWorld([holder('listener', [], { remedy: 'none' })], asObserver),
      person,
    );
    assert.deepEqual(
      person.plans.map(({ steps }) => steps[0]?.target),
      ['node (pid 42)'],
    );
    assert.equal(report.freed, true);
  });
});

describe('freeing a port: processes and connections', () => {
  it('signals a process whose connection cannot be aborted only once', async () => {
    const subflow = holder('connection', [node], { remedy: 'signal' });
    const world = new PortWorld([holder('listener', [node]), subflow]);
    await free(world);
    assert.deepEqual(world.acts, ['TERM 42']);
  });

  it('touches no process if the named one has ended in between', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const person = new Agreeing();
    person.confirm = async () => {
      world.end(42);
      return true;
    };
    const report = await free(world, person);
    assert.deepEqual([world.acts, outcomes(report), report.freed], [[], ['signal gone'], true]);
  });

  it('touches no process that has closed the port in between, and no other one instead', async () => {
    for (const next of [[], [holder('listener', [owner('next', 50)])]]) {
      const world = new PortWorld([holder('listener', [node])]);
      const person = new Agreeing();
      person.confirm = async () => {
        world.holders = next;
        return true;
      };
      const report = await free(world, person);
      assert.deepEqual([world.acts, outcomes(report)], [[], ['signal released']]);
      assert.equal(report.freed, next.length === 0);
    }
  });

  it('offers no SIGKILL for a process that runs on without the port', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    world.deaf.add(42);
    world.afterwards = () => {
      world.holders = [];
    };
    const person = new Agreeing();
    person.answers.kill = true;
    const report = await free(world, person);
    assert.deepEqual([world.acts, outcomes(report)], [['TERM 42'], ['signal released']]);
    assert.deepEqual([person.offered, report.freed], [[], true]);
  });

  it('aborts no session of a server that ignores SIGTERM', async () => {
    const world = new PortWorld([holder('listener', [node]), holder('connection', [node])]);
    world.ignoring.add(42);
    const report = await free(world);
    assert.deepEqual([world.acts, outcomes(report)], [['TERM 42'], ['signal running']]);
    assert.equal(report.freed, false);
  });

  it('does not report a port as busy when it only lacks the right to bind it', async () => {
    const world = new PortWorld([holder('listener', [node])], asObserver);
    world.afterwards = () => {
      world.holders = [holder('reserved', [], { sockets: [] })];
    };
    const report = await free(world);
    assert.equal(report.freed, false);
    assert.match(report.message, /^No bind could prove that port 3000 is free/);
  });

  it('leaves a process that runs together with others to its manager', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const command = 'PM2 v5.3.0: God Daemon (/home/ann/.pm2)';
    world.parents.set(42, [{ pid: 2_000_000_000, startTime: '1', name: 'PM2', command, uid: 1000 }]);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([world.acts, person.plans, report.freed], [[], [], false]);
    assert.match(report.message, /"pm2".*together with others/);
  });

  it('leaves a hidden process alone without the agent', async () => {
    const world = new PortWorld([holder('listener', [], { remedy: 'none' })], asObserver);
    const report = await free(world);
    assert.deepEqual([outcomes(report), world.acts], [['signal needs-agent'], []]);
  });

  it('never touches the client, the lifeline or another namespace', async () => {
    const firefox = owner('firefox', 77);
    const elsewhere = holder('listener', [owner('nginx', 5)], { remedy: 'none' });
    const world = new PortWorld([
      holder('client', [firefox]),
      { ...elsewhere, sockets: elsewhere.sockets.map((socket) => ({ ...socket, netns: netns + 1 })) },
    ]);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([report.freed, report.steps, world.acts, person.plans], [false, [], [], []]);
    assert.match(report.message, /nothing could be done/);
  });

  it('aborts no connection while a listener that is left alone keeps the port', async () => {
    const sshd = holder('listener', [owner('sshd', 7)]);
    const locked = { ...sshd, sockets: sshd.sockets.map((socket) => ({ ...socket, lifeline: true })) };
    const world = new PortWorld([locked, holder('time-wait', [])]);
    const report = await free(world);
    assert.deepEqual([report.freed, world.acts], [false, []]);
  });

  it('offers SIGKILL only for a process that got SIGTERM and still holds the port', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    world.deaf.add(42);
    const person = new Agreeing();
    const refused = await free(world, person);
    assert.deepEqual([outcomes(refused), refused.freed], [['signal running'], false]);
    person.answers.kill = true;
    const killed = await free(world, person);
    assert.deepEqual(person.offered, [42, 42]);
    assert.deepEqual(world.acts, ['TERM 42', 'TERM 42', 'KILL 42']);
    assert.deepEqual([outcomes(killed), killed.freed], [['signal exited'], true]);
  });

  it('sends SIGKILL at once with signal KILL', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    await free(world, new Agreeing(), { signal: 'KILL' });
    assert.deepEqual(world.acts, ['KILL 42']);
  });

  it('aborts the sessions of a server that waits for them', async () => {
    const session = owner('postgres', 43);
    const world = new PortWorld([holder('listener', [node]), holder('connection', [session])]);
    world.deaf.add(42);
    world.afterwards = (act) => {
      if (act === 'destroy 1') world.end(42);
    };
    const report = await free(world);
    assert.deepEqual(world.acts, ['TERM 42', 'destroy 1']);
    assert.deepEqual([report.freed, outcomes(report)], [true, ['destroy destroyed', 'signal exited']]);
  });

  it('asks for the agent only after the process had time to end, and offers SIGKILL without it', async () => {
    const world = new PortWorld([holder('listener', [node]), holder('connection', [node])], asObserver);
    world.deaf.add(42);
    const person = new Agreeing();
    person.answers.kill = true;
    const report = await free(world, person);
    assert.deepEqual([person.agentsAsked, world.acts], [1, ['TERM 42', 'KILL 42']]);
    assert.equal(report.freed, true);
  });

  it('leaves new connections of another process alone', async () => {
    const world = new PortWorld([holder('listener', [node]), holder('time-wait', [])]);
    world.afterwards = (act) => {
      if (act === 'TERM 42') world.holders = [holder('connection', [owner('other', 50)])];
    };
    assert.equal((await free(world)).needsReuseaddr, true);
    assert.deepEqual(world.acts, ['TERM 42']);
  });
});

describe('freeing a port: shared sockets', () => {
  it('signals only the processes that started the others, which end with them', async () => {
    const world = sharing([owner('nginx', 42), owner('nginx', 43)]);
    world.afterwards = () => world.end(43);
    const report = await free(world);
    assert.deepEqual([world.acts, report.freed], [['TERM 42'], true]);
  });

  for (const signal of ['TERM', 'KILL'] as const)
    it(`leaves a process that inherited the socket alone, and reports it before and after: SIG${signal}`, async () => {
      const world = sharing([node, owner('sleep', 43)]);
      const person = new Agreeing();
      const report = await free(world, person, { signal });
      assert.deepEqual([world.acts, outcomes(report)], [[`${signal} 42`], ['signal exited']]);
      const [plan] = person.plans;
      assert.deepEqual(
        plan?.steps.map(({ target }) => target),
        ['node (pid 42)'],
      );
      assert.match(
        plan?.leftAlone.join() ?? '',
        /^sleep \(pid 43\) inherited the listening socket and is left alone/,
      );
      assert.deepEqual([report.freed, report.provedMs], [false, null]);
      assert.match(
        report.message,
        /^Port 3000 is still busy: its server is gone, and sleep \(pid 43\) still holds the port by inheritance\. It is left alone, as nobody has agreed to its end/,
      );
    });

  it('names a process that is left with an inherited socket in the next plan', async () => {
    const world = sharing([node, owner('sleep', 43)]);
    await free(world);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([world.acts, report.freed], [['TERM 42', 'TERM 43'], true]);
    assert.match(person.plans[0]?.steps[0]?.what ?? '', /sleep \(pid 43\)/);
    assert.deepEqual(person.plans[0]?.leftAlone, []);
  });

  it('reports a process that inherited the socket since the plan was made', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const [planned] = world.holders;
    assert.ok(planned);
    const late = [owner('sleep', 43)];
    world.afterwards = () => {
      const sockets = planned.sockets.map((socket) => ({ ...socket, owners: late }));
      world.holders = [{ ...planned, owners: late, sockets }];
    };
    const report = await free(world);
    assert.deepEqual([world.acts, report.freed], [['TERM 42'], false]);
    assert.match(report.message, /sleep \(pid 43\) still holds the port by inheritance/);
  });

  it('aborts nothing, and asks for no agent, while a process that inherited the socket keeps the port', async () => {
    const world = sharing([node, owner('sleep', 43)], asObserver, [holder('time-wait', [])]);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([world.acts, person.agentsAsked], [['TERM 42'], 0]);
    assert.match(report.message, /by inheritance/);
  });

  it('signals no process of a socket whose owners are not all known', async () => {
    const shared = holder('listener', [node]);
    const cut = { ...shared, sockets: shared.sockets.map((socket) => ({ ...socket, ownersLeftOut: 700 })) };
    for (const takeOver of [false, true]) {
      const world = new PortWorld([cut]);
      const person = new Agreeing();
      const report = await free(world, person, { takeOver });
      assert.deepEqual(
        world.acts.filter((act) => /TERM|KILL/.test(act)),
        [],
      );
      if (!takeOver) assert.match(report.message, /700 owners of the socket cannot be named/);
    }
  });

  it('aborts also the connections that did not fit into an answer', async () => {
    const world = new PortWorld([holder('time-wait', [], { socketsLeftOut: 1 })]);
    const person = new Agreeing();
    let answers = 0;
    world.afterwards = () => {
      if (++answers === 1) world.holders = [holder('time-wait', [])];
    };
    const report = await free(world, person);
    assert.equal(report.freed, true);
    assert.deepEqual(
      report.steps.map(({ message }) => message),
      ['2 sockets destroyed'],
    );
    assert.match(person.plans[0]?.steps[0]?.what ?? '', /2 time-wait sockets/);
  });

  it('names and signals each process that shares a socket without having started another', async () => {
    const world = new PortWorld([holder('listener', [node, owner('python3', 43)])]);
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([world.acts, report.freed], [['TERM 42', 'TERM 43'], true]);
    assertNamed(person, [42, 43]);
  });

  it('names each process of a supervisor, and signals no other process that it leaves behind', async () => {
    const group = [node, owner('node', 43)].map((one) =>
      holder('listener', [one, owner('sleep', one.pid + 10)]),
    );
    const world = new PortWorld(group);
    const air = { pid: 41, startTime: '1', name: 'air', command: 'air', uid: 1000 };
    for (const pid of [42, 43]) {
      world.parents.set(pid, [air]);
      world.parents.set(pid + 10, [{ pid, startTime: '1', name: 'node', command: 'node', uid: 1000 }, air]);
    }
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual([world.acts, report.freed], [['TERM 41', 'TERM 42', 'TERM 43'], false]);
    assertNamed(person, [41, 42, 43]);
    assert.match(
      person.plans[0]?.steps[0]?.what ?? '',
      /; sleep \(pid 52\) and sleep \(pid 53\) get no signal/,
    );
    assert.match(report.message, /sleep \(pid 52\) and sleep \(pid 53\) still hold the port by inheritance/);
  });

  it('names each process whose listener is taken over', async () => {
    const person = new Agreeing();
    await free(sharing([node, owner('sleep', 43)]), person, { takeOver: true });
    assertNamed(person, [42, 43]);
  });

  it('signals each process of a group that shares only the port', async () => {
    const world = new PortWorld([1, 2, 3, 4].map((pid) => holder('listener', [owner('node', pid)])));
    assert.equal((await free(world)).freed, true);
    assert.deepEqual(world.acts, ['TERM 1', 'TERM 2', 'TERM 3', 'TERM 4']);
  });
});

describe('freeing a port: supervisors', () => {
  it('stops a watcher instead of its child', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const nodemon = {
      pid: 41,
      startTime: '1',
      name: 'node',
      command: 'node /usr/bin/nodemon server.js',
      uid: 1000,
    };
    world.parents.set(42, [nodemon]);
    world.afterwards = (act) => {
      if (act === 'TERM 41') world.end(42);
    };
    const person = new Agreeing();
    const report = await free(world, person);
    assert.deepEqual(world.acts, ['TERM 41']);
    assert.deepEqual(outcomes(report), ['stop-supervisor stopped']);
    assert.match(person.plans[0]?.steps[0]?.what ?? '', /nodemon.*pid 41.*would start node \(pid 42\) again/);
  });

  it('stops no process if the port is free by the time of the consent', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    world.parents.set(42, [{ pid: 41, startTime: '1', name: 'air', command: 'air', uid: 1000 }]);
    const person = new Agreeing();
    person.confirm = async () => {
      world.holders = [];
      return true;
    };
    const report = await free(world, person);
    assert.deepEqual([world.acts, outcomes(report)], [[], ['stop-supervisor gone']]);
    assert.equal(report.freed, true);
  });

  it('ends the process that a stopped watcher leaves behind', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    world.parents.set(42, [{ pid: 41, startTime: '1', name: 'air', command: 'air', uid: 1000 }]);
    const report = await free(world);
    assert.deepEqual(world.acts, ['TERM 41', 'TERM 42']);
    assert.equal(report.freed, true);
  });

  it('lets the client stop a supervisor that only the client knows', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const person = new Agreeing();
    const respawn = { kind: 'task', name: 'npm: dev', process: null } as const;
    person.supervisor = { respawn, stop: async () => world.end(42) };
    const report = await free(world, person);
    assert.deepEqual([world.acts, outcomes(report)], [[], ['stop-supervisor stopped']]);
    assert.equal(report.freed, true);
  });

  it('reports why a supervisor did not stop', async () => {
    const person = new Agreeing();
    const respawn = { kind: 'debug', name: 'Launch', process: null } as const;
    person.supervisor = { respawn, stop: () => Promise.reject(new Error('the session hangs')) };
    const report = await free(new PortWorld([holder('listener', [node])]), person);
    assert.deepEqual([report.freed, outcomes(report)], [false, ['stop-supervisor failed']]);
    assert.match(report.message, /the session hangs/);
  });
});

describe('freeing a port: what the scope denies', () => {
  const air = { pid: 41, startTime: '1', name: 'air', command: 'air', uid: 1000 };

  it('is named in the plan, and nothing is asked or signalled', async () => {
    const theirs = new PortWorld([holder('listener', [node]), holder('time-wait', [])]);
    theirs.foreign.add(42);
    const person = new Agreeing();
    const report = await free(theirs, person);
    assert.deepEqual([theirs.acts, outcomes(report), person.plans], [[], ['signal denied'], []]);
    assert.match(report.message, /42 is another user's$/);
  });

  for (const pid of [41, 42])
    it(`is a supervisor as much as its program: pid ${pid}`, async () => {
      const world = new PortWorld([holder('listener', [node])]);
      world.parents.set(42, [air]);
      world.foreign.add(pid);
      const report = await free(world);
      assert.deepEqual([world.acts, outcomes(report)], [[], ['stop-supervisor denied']]);
      assert.match(report.message, new RegExp(`"air" \\(pid 41\\) is left alone: ${pid} is another user's`));
    });

  it('needs the agent without one, and is judged again by that', async () => {
    const world = new PortWorld([holder('listener', [node])], asObserver);
    world.foreign.add(42);
    const person = new Agreeing();
    let stopped = 0;
    const respawn = { kind: 'task', name: 'npm: dev', process: null } as const;
    person.supervisor = { respawn, stop: async () => void stopped++ };
    person.had = new PortWorld([holder('listener', [node])]);
    person.had.foreign.add(42);
    const report = await free(world, person);
    assert.deepEqual(
      person.plans[0]?.steps.map(({ needsAgent }) => needsAgent),
      [true],
    );
    assert.deepEqual([stopped, person.agentsAsked, outcomes(report)], [0, 1, ['stop-supervisor denied']]);
  });

  it('is judged again before a supervisor is asked', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const person = new Agreeing();
    let stopped = 0;
    const respawn = { kind: 'task', name: 'npm: dev', process: null } as const;
    person.supervisor = { respawn, stop: async () => void stopped++ };
    person.confirm = async () => {
      world.foreign.add(42);
      return true;
    };
    const report = await free(world, person);
    assert.deepEqual([stopped, outcomes(report)], [0, ['stop-supervisor denied']]);
  });
});

describe('freeing a port: take-over', () => {
  it('takes over a listener and ends no process', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const report = await free(world, new Agreeing(), { takeOver: true });
    assert.deepEqual([world.acts, outcomes(report)], [['take-over 1'], ['take-over taken-over']]);
    assert.equal(report.freed, true);
  });

  it('reports no take-over of a listener that is gone in between', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const person = new Agreeing();
    person.confirm = async () => {
      world.holders = [];
      return true;
    };
    assert.deepEqual(outcomes(await free(world, person, { takeOver: true })), ['take-over gone']);
  });

  it('reports that the deaf process keeps the port for itself until it ends', async () => {
    const world = new PortWorld([holder('listener', [node]), holder('time-wait', [])]);
    const report = await free(world, new Agreeing(), { takeOver: true });
    assert.equal(report.needsReuseaddr, true);
    assert.match(report.message, /The deaf process keeps it busy for others until it ends$/);
  });

  it('signals no process if only a take-over was requested', async () => {
    const world = new PortWorld([holder('bound', [node])]);
    const report = await free(world, new Agreeing(), { takeOver: true });
    assert.deepEqual([world.acts, report.freed], [[], false]);
    assert.match(report.message, /only a listener can be taken over/);
  });
});

describe('freeing a port: read-only agents and new holders', () => {
  it('continues without an agent that is read-only', async () => {
    const person = new Agreeing();
    person.had = new PortWorld([holder('time-wait', [])], { readOnly: true });
    const report = await free(new PortWorld([holder('time-wait', [])], asObserver), person);
    assert.deepEqual([person.had.acts, outcomes(report)], [[], ['destroy needs-agent']]);
  });

  for (const [when, act] of [
    ['at once', 'TERM 42'],
    ['later', 'watched'],
  ] as const)
    it(`names the process that holds the port again, ${when}, and signals no other`, async () => {
      const world = new PortWorld([holder('listener', [node])]);
      const next: PortHolder = holder('listener', [owner('node', 50)]);
      world.parents.set(50, [
        { pid: 49, startTime: '2', name: 'reflex', command: 'reflex -s node server.js', uid: 1000 },
      ]);
      const respawn = () => {
        world.holders = [next];
      };
      if (act === 'TERM 42') world.afterwards = respawn;
      else setTimeout(respawn, 15);
      const report = await freePort(world, options, new Agreeing(), { ...pace, watchMs: 1000 });
      assert.deepEqual(world.acts, ['TERM 42']);
      assert.equal(report.freed, false);
      assert.deepEqual(report.respawn, {
        kind: 'watcher',
        name: 'reflex',
        process: { pid: 49, startTime: '2' },
      });
      assert.match(report.message, /busy again.*reflex/);
    });

  const loop = { pid: 49, startTime: '2', name: 'python3', command: 'python3 respawn.py', uid: 1000 };

  it('names the parent that starts a server again, and what ends it, after some seconds, too', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    for (const pid of [42, 50]) world.parents.set(pid, [loop]);
    world.afterwards = () =>
      void setTimeout(() => {
        world.holders = [holder('listener', [owner('node', 50)])];
      }, 60);
    const intervals = { ...pace, parentWatchMs: 60_000 };
    const report = await freePort(world, options, new Agreeing(), intervals);
    const { pid, startTime, name } = loop;
    assert.deepEqual(
      [report.freed, report.watchedMs, report.respawn],
      [false, null, { kind: 'parent', name, process: { pid, startTime } }],
    );
    assert.match(
      report.message,
      /busy again: "python3" \(pid 49\) started its holder again: stop that first$/,
    );
    assert.match(report.next[0]?.command ?? '', /^(sudo )?kill 49$/);
    assert.equal(report.next[1]?.command, 'sockscope free 3000');
  });

  it('says how long it watched, and which parent may still start the server again', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    world.parents.set(42, [loop]);
    const watched = await free(world);
    assert.deepEqual([watched.freed, watched.watchedMs], [true, pace.parentWatchMs]);
    assert.match(
      watched.message,
      /^Port 3000 is free\. python3 \(pid 49\), which had started its server, lives on and may start it again: (sudo )?kill 49 ends it$/,
    );
  });

  for (const [what, parent] of [
    ['has ended', { ...loop, pid: 48 }],
    ['is a shell that somebody types in', { ...loop, name: 'bash', command: '-bash' }],
    ['is a session', { ...loop, name: 'tmux: server' }],
    ['is what called it', { ...loop, pid: process.pid }],
  ] as const)
    it(`says nothing of a parent that ${what}`, async () => {
      const world = new PortWorld([holder('listener', [node])]);
      world.parents.set(42, [parent]);
      world.ended.add(48);
      const report = await free(world);
      assert.deepEqual([report.watchedMs, report.message], [pace.watchMs, 'Port 3000 is free']);
    });

  it('offers SIGKILL where a supervisor does not end by SIGTERM, as it passes that to its programs', async () => {
    const world = new PortWorld([holder('listener', [node])]);
    const command = 'node /x/concurrently --restart-tries -1 server';
    world.parents.set(42, [{ ...loop, name: 'node', command }]);
    world.deaf.add(49);
    const report = await free(world);
    assert.deepEqual([world.acts, outcomes(report)], [['TERM 49'], ['stop-supervisor running']]);
    assert.deepEqual(
      report.next.map((step) => step.command),
      ['sockscope free 3000 --signal KILL'],
    );
  });

  it('refuses under a read-only agent before it asks', async () => {
    const person = new Agreeing();
    await assert.rejects(
      free(new PortWorld([holder('listener', [node])], { readOnly: true }), person),
      /read-only/,
    );
    assert.deepEqual(person.plans, []);
  });
});
