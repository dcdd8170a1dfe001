/** Ports without a listener that are busy nevertheless. */

import type { Expected, Holder } from './holder';
import { asOwner, endingOf, serveOne, startWitness, stopAll } from './puppets';

const destroyed = {
  steps: ['destroy: destroyed'],
  exit: 0,
  after: 'free',
} as const satisfies Partial<Expected>;

/** The server closed first, and has ended. */
export const timeWait: Holder = {
  name: 'time-wait after a server-first close',
  expected: { ...destroyed, why: ['time-wait: destroy'], owners: [], client: [], before: 'reuse' },
  async start(place) {
    const server = await startWitness(place);
    const { client } = await serveOne(place, server, { reuse: true });
    await server.close('accepted');
    await client.receive('client');
    await stopAll([client, server]);
    return { port: place.site.port, owners: [], stop: async () => {} };
  },
};

/** The server has ended with unsent data that its client does not read. */
export const orphan: Holder = {
  name: 'an orphan',
  expected: { ...destroyed, why: ['orphan: destroy'], owners: [], client: ['ECONNRESET'], before: 'busy' },
  async start(place) {
    const server = await startWitness(place);
    const { client } = await serveOne(place, server);
    await server.fill('accepted');
    await server.stop();
    return {
      port: place.site.port,
      owners: [],
      // A read would let the orphan send the rest and end by itself.
      client: () => client.pending('client'),
      stop: () => client.stop(),
    };
  },
};

export const listenerGone: Holder = {
  name: 'a connection whose listener is gone',
  expected: {
    ...destroyed,
    why: ['connection: destroy'],
    owners: [null],
    client: ['ECONNRESET'],
    before: 'busy',
  },
  async start(place) {
    const server = await startWitness(place);
    const { held } = await serveOne(place, server);
    await server.close('listener');
    return held;
  },
};

export const client: Holder = {
  name: "a client's autobound port",
  expected: {
    why: ['client: none'],
    steps: [],
    says: /not to blame/,
    exit: 1,
    owners: [null],
    client: [null],
    before: 'busy',
    after: 'busy',
  },
  async start(place) {
    const server = await startWitness(place);
    const { client } = await serveOne(place, server);
    const { local } = await client.info('client');
    return {
      port: local[1],
      owners: [asOwner(client)],
      client: endingOf(server, 'accepted'),
      stop: () => stopAll([server, client]),
    };
  },
};

export const free: Holder = {
  name: 'a port free already',
  expected: { why: [], steps: [], exit: 0, owners: [], client: [], before: 'free', after: 'free' },
  start: async ({ site }) => ({ port: site.port, owners: [], stop: async () => {} }),
};
