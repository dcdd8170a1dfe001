/** Destroys at one load, each with new victims: ours, those of ss -K, and the floor. */

import assert from 'node:assert/strict';
import { run } from '../../../test/helpers/programs';
import { interleave } from '../table/interleave.mjs';
import { startClient, startServer } from '../traffic.mjs';
import { timed } from './session.mjs';

/** Connections that one request destroys. */
const many = 5000;

/** A client with connections to a server that nothing else is connected to. */
export class Victims {
  static async start(stage) {
    const victims = new Victims();
    victims.stage = stage;
    victims.port = (await startServer(stage)).port;
    victims.client = startClient(stage, victims.port);
    return victims;
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

/** By the library, which verifies each. */
function ours(session, filter, count) {
  return timed(session, async () => {
    const results = await session.library.destroy(filter);
    assert.deepEqual(
      results.filter(({ outcome }) => outcome !== 'destroyed'),
      [],
    );
    assert.equal(results.length, count);
  });
}

/** Medians by name. */
export function measureDestroy(session, victims) {
  const { runner, floor } = session;
  const to = `remote:127.0.0.1:${victims.port}`;
  const byUs = (port) => ours(session, `:${port} ${to}`, 1);
  const bySs = (port) => runner.run(['ss', '-K', '-tn', `sport = :${port} and dport = :${victims.port}`]);
  return interleave({
    'destroy one': () => destroyed(victims, 1, byUs),
    'ss -K': () => destroyed(victims, 1, bySs),
    'iter/tcp': floor['iter/tcp'],
  });
}

/** Medians by name. */
export function measureDestroyMany(session, victims) {
  const { runner } = session;
  const byUs = () => ours(session, `remote:127.0.0.1:${victims.port}`, many);
  const bySs = () => runner.run(['ss', '-K', '-tn', `dport = :${victims.port}`]);
  return interleave({
    'destroy 5,000': () => destroyed(victims, many, byUs),
    'ss -K of 5,000': () => destroyed(victims, many, bySs),
  });
}
