/** Ports whose sockets several processes share, against a scripted agent. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Runtime } from '../../../../../agent/client/container-names';
import { planFree } from '../../../../../agent/client/ports/free-plan';
import { explainPort, type PortReport } from '../../../../../agent/protocol';
import {
  Agreeing,
  asObserver,
  assertNamed,
  free,
  node,
  options,
  outcomes,
  sharing,
} from '../../../../helpers/freeing';
import { holder, PortWorld } from '../../../../helpers/port-world';
import { owner } from '../../../../helpers/sockets';

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

  it('stops each container that publishes it, also two with the same name, and one with several holders once', async () => {
    const published = (runtime: Runtime, id: string) => ({
      holder: { ...holder('published', []), remedy: 'stop-container' as const },
      endings: [],
      processes: [],
      idle: [],
      sessions: new Map(),
      publisher: { runtime, id, name: 'web', addresses: [] },
      socketUnit: null,
    });
    const holders = [published('docker', 'a1'), published('podman', 'b2'), published('docker', 'a1')];
    const world = new PortWorld(holders.map(({ holder }) => holder));
    const answer = { ...(await world.request<unknown, PortReport>(explainPort, options)), free: false };
    const { steps } = planFree({ answer, holders, held: [] }, new Map(), options, world.info);
    assert.deepEqual(
      steps.map(({ target, stop, holders }) => [
        target,
        stop?.by === 'program' && stop.command.join(' '),
        holders.length,
      ]),
      [
        ['container "web" of docker', 'docker stop a1', 2],
        ['container "web" of podman', 'podman stop b2', 1],
      ],
    );
  });
});
