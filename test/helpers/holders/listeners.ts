/** Listeners in other namespaces or of other users, several on one port, and sockets that do not listen. */

import { stranger } from '../stage';
import type { Expected, Holder } from './holder';
import { asOwner, connectTo, endingOf, serveOne, startWitness, stopAll } from './puppets';

/** Of a Python server with one connection. */
const signalled: Expected = {
  why: ['listener: signal', 'connection: destroy'],
  steps: ['signal: exited', 'destroy: destroyed'],
  exit: 0,
  owners: ['SIGTERM'],
  client: ['EOF', 'ECONNRESET'],
  before: 'busy',
  after: 'free',
};

const serve: Holder['start'] = async (place) => {
  const { held } = await serveOne(place, await startWitness(place));
  return held;
};

export const elsewhere: Holder = {
  name: 'a listener in another namespace',
  apart: 'unnamed',
  expected: {
    why: ['listener: none', 'connection: none'],
    steps: [],
    exit: 0,
    owners: [null],
    client: [null],
    before: 'free',
    after: 'free',
  },
  start: serve,
};

export const elsewhereNamed: Holder = {
  name: 'a listener in another namespace, with --net',
  apart: 'named',
  expected: signalled,
  start: serve,
};

const startStubborn: Holder['start'] = async (place) => {
  const server = await startWitness(place);
  await server.command('ignore');
  return (await serveOne(place, server)).held;
};

export const stubborn: Holder = {
  name: 'a server that ignores SIGTERM',
  expected: {
    ...signalled,
    // It does not wait for its connections, so they are left alone.
    steps: ['signal: running'],
    says: /ignores SIGTERM and still runs after/,
    exit: 1,
    owners: [null],
    client: [null],
    after: 'busy',
  },
  start: startStubborn,
};

export const stubbornKilled: Holder = {
  name: 'a server that ignores SIGTERM, with --signal KILL',
  words: ['--signal', 'KILL'],
  expected: { ...signalled, owners: ['SIGKILL'] },
  start: startStubborn,
};

export const strangers: Holder = {
  name: "another user's server",
  expected: {
    ...signalled,
    why: ['listener: signal'],
    steps: ['signal: denied'],
    exit: 3,
    owners: [null],
    client: [],
    after: 'busy',
  },
  async start(place) {
    const server = await startWitness(place, stranger);
    await server.listen('listener', { family: 'ipv4', address: '0.0.0.0', port: place.site.port });
    return { port: place.site.port, owners: [asOwner(server)], stop: () => server.stop() };
  },
};

export const forgottenBind: Holder = {
  name: 'a forgotten bind() without listen()',
  expected: { ...signalled, why: ['bound: signal'], steps: ['signal: exited'], client: [] },
  async start(place) {
    const server = await startWitness(place);
    await server.bind('held', { family: 'ipv4', address: '0.0.0.0', port: place.site.port });
    return { port: place.site.port, owners: [asOwner(server)], stop: () => server.stop() };
  },
};

export const udp: Holder = {
  name: 'a UDP server',
  protocol: 'udp',
  expected: { ...signalled, why: ['udp: signal'], steps: ['signal: exited'], client: [] },
  async start(place) {
    const server = await startWitness(place);
    const { port } = place.site;
    await server.bind('held', { family: 'ipv4', protocol: 'udp', address: '0.0.0.0', port });
    return { port, owners: [asOwner(server)], stop: () => server.stop() };
  },
};

export const dualStack: Holder = {
  name: 'a dual-stack overlap: 0.0.0.0 of one process and [::] of another',
  expected: {
    ...signalled,
    why: ['listener: signal', 'listener: signal', 'connection: destroy'],
    steps: ['signal: exited', 'signal: exited', 'destroy: destroyed'],
    owners: ['SIGTERM', 'SIGTERM'],
  },
  async start(place) {
    const [four, six] = await Promise.all([startWitness(place), startWitness(place)]);
    const { held } = await serveOne(place, four);
    await six.listen('listener', { family: 'ipv6', address: '::', port: held.port });
    return {
      ...held,
      owners: [...held.owners, asOwner(six)],
      stop: () => Promise.all([held.stop(), six.stop()]).then(() => {}),
    };
  },
};

/** The connection is queued at the listener that the kernel chose, and not accepted. */
export const reuseport: Holder = {
  name: 'a SO_REUSEPORT group of four processes',
  expected: {
    ...signalled,
    why: [...Array(4).fill('listener: signal'), 'connection: destroy'],
    steps: Array(4).fill('signal: exited'),
    owners: Array(4).fill('SIGTERM'),
  },
  async start(place) {
    const { port } = place.site;
    const group = await Promise.all([1, 2, 3, 4].map(() => startWitness(place)));
    for (const server of group)
      await server.listen('listener', { family: 'ipv4', address: '0.0.0.0', port, reuseport: true });
    const client = await connectTo(place, port);
    return {
      port,
      owners: group.map(asOwner),
      client: endingOf(client, 'client'),
      stop: () => stopAll([...group, client]),
    };
  },
};
