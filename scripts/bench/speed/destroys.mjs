/** Destroys at one load, each with new victims: ours, those of ss -K, and the floor. */

import assert from 'node:assert/strict';
import { destroyAll } from '../../../agent/client/destroy-all';
import { listAll } from '../../../agent/client/list-all';
import { targetOf } from '../../../agent/protocol';
import { run } from '../../../test/helpers/programs';
import { interleave } from '../table/interleave.mjs';
import { startClient, startServer } from '../traffic.mjs';
import { timed } from './session.mjs';

/** Connections that are destroyed together. */
const many = 5000;

/**
 * A walk ends at its target. Since Linux 6.15 (inet_ehashfn adds the local port), the connections of one client to one server lie side
 * by side in the kernel's table, so all would be early in the walk, or late; each pair of client and server has a place of its own.
 */
const placesOfVictims = 8;

/** A client with connections to a server that nothing else is connected to. */
export class Victims {
  static async start(stage) {
    const victims = new Victims();
    victims.stage = stage;
    victims.port = (await startServer(stage)).port;
    victims.client = startClient(stage, victims.port);
    return victims;
  }

  /** Of as many pairs of a client and a server. */
  static startSome(stage) {
    return Promise.all(Array.from({ length: placesOfVictims }, () => Victims.start(stage)));
  }

  /** Opens `count`; resolves with the local port of the first. */
  async open(count) {
    const [[port]] = await this.client.ask({ open: count, gap: [0, 0] });
    return port;
  }

  /** Of both ends, those that still exist. */
  async left(filter) {
    const { stdout } = await run(['ss', '-tnH', filter], { netns: this.stage.netns });
    return stdout.split('\n').filter(Boolean).length;
  }

  /** Closes the descriptors of the destroyed. */
  close(count) {
    return this.client.ask({ close: count });
  }
}

/** Opens victims, destroys them by `destroy(local port)`, which resolves with { ms }, and checks that they are gone. */
async function destroyed(victims, count, destroy) {
  const measured = await destroy(await victims.open(count));
  assert.equal(await victims.left(`dport = :${victims.port}`), 0, 'every victim is destroyed');
  await victims.close(count);
  return measured;
}

function assertDestroyed(results, count) {
  assert.deepEqual(
    results.filter(({ outcome }) => outcome !== 'destroyed'),
    [],
  );
  assert.equal(results.length, count);
}

/** From the request to its answer, of what was listed before; the agent verifies each. */
async function byRequest(session, filter, count) {
  const targets = (await listAll(session.client, filter)).sockets.map(targetOf);
  return timed(session, async () => assertDestroyed(await destroyAll(session.client, targets, {}), count));
}

/** By the library, which lists what matches, with what else is connected, and destroys that. */
function byLibrary(session, filter, count) {
  return timed(session, async () => assertDestroyed(await session.library.destroy(filter), count));
}

/** Medians by name. */
export function measureDestroy(session, places) {
  const { runner, floor } = session;
  const filter = (port, { port: to }) => `:${port} remote:127.0.0.1:${to}`;
  const bySs = (port, { port: to }) => runner.run(['ss', '-K', '-tn', `sport = :${port} and dport = :${to}`]);
  /** At another place each time. */
  const one = (destroy) => {
    let times = 0;
    return () => {
      const victims = places[times++ % places.length];
      return destroyed(victims, 1, (port) => destroy(port, victims));
    };
  };
  return interleave({
    'destroy one': one((port, victims) => byRequest(session, filter(port, victims), 1)),
    'destroy one, library': one((port, victims) => byLibrary(session, filter(port, victims), 1)),
    'ss -K': one(bySs),
    'iter/tcp': floor['iter/tcp'],
  });
}

/** Medians by name. */
export function measureDestroyMany(session, victims) {
  const { runner } = session;
  const to = `remote:127.0.0.1:${victims.port}`;
  const bySs = () => runner.run(['ss', '-K', '-tn', `dport = :${victims.port}`]);
  return interleave({
    'destroy 5,000': () => destroyed(victims, many, () => byRequest(session, to, many)),
    'destroy 5,000, library': () => destroyed(victims, many, () => byLibrary(session, to, many)),
    'ss -K of 5,000': () => destroyed(victims, many, bySs),
  });
}
