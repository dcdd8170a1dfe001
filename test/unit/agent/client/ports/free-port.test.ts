/** The steps that free a port, their order, and the report, against a scripted agent. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '../../../../../agent/client/ports/free-port';
import type { PortHolder } from '../../../../../agent/protocol';
import { Agreeing, asObserver, free, node, options, outcomes, pace } from '../../../../helpers/freeing';
import { holder, PortWorld } from '../../../../helpers/port-world';
import { owner } from '../../../../helpers/sockets';

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

  for (const [when, afterMs] of [
    ['at once', 0],
    ['later', 15],
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
      world.afterwards = () => (afterMs === 0 ? respawn() : void setTimeout(respawn, afterMs));
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
