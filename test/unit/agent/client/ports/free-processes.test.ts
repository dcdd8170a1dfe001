/** Which processes end, which connections are aborted, and what their supervisors are asked, against a scripted agent. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Agreeing, asObserver, free, node, outcomes } from '../../../../helpers/freeing';
import { holder, netns, PortWorld } from '../../../../helpers/port-world';
import { owner } from '../../../../helpers/sockets';

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
