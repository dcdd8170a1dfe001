/** Connections between two puppets for destructive tests: one to be destroyed, others that must survive. */

import assert from 'node:assert/strict';
import type { Family } from '../../agent/protocol';
import type { Address, Puppet, SocketInfo } from './puppet';

export interface Place {
  readonly family: Family;
  readonly loopback: string;
}

export const places: readonly Place[] = [
  { family: 'ipv4', loopback: '127.0.0.1' },
  { family: 'ipv6', loopback: '::1' },
];

/** The two ends of one connection, which has the same name in both puppets. */
export interface Pair {
  readonly client: SocketInfo;
  readonly server: SocketInfo;
}

/** The server listens as `listener`; each connection has the same name at both ends. */
export async function connectAll<Name extends string>(
  server: Puppet,
  client: Puppet,
  { family, loopback }: Place,
  listener: string,
  names: readonly Name[],
): Promise<{ listening: SocketInfo; pairs: Record<Name, Pair> }> {
  const listening = await server.listen(listener, { family, address: loopback });
  const pairs: Partial<Record<Name, Pair>> = {};
  for (const name of names) {
    const near = await client.connect(name, { family, to: listening.local });
    pairs[name] = { client: near, server: await server.accept(name, listener) };
  }
  return { listening, pairs: pairs as Record<Name, Pair> };
}

/** The time-wait stays with the one whose FIN is first, which may come a moment after its close. */
export async function closeFirst(first: Puppet, second: Puppet, name: string): Promise<void> {
  await first.close(name);
  assert.equal((await second.receive(name)).text, '');
  await second.close(name);
}

/** A listener still accepts connections, and they work. */
export async function assertAccepts(
  server: Puppet,
  client: Puppet,
  { family }: Place,
  listener: string,
): Promise<void> {
  const name = `new on ${listener}`;
  const { local } = await server.info(listener);
  await client.connect(name, { family, to: local });
  await server.accept(name, listener);
  await client.send(name, 'hello');
  assert.equal((await server.receive(name)).text, 'hello');
  for (const puppet of [client, server]) await puppet.close(name);
}

/** A bound UDP socket still receives datagrams. */
export async function assertReceives(
  receiver: Puppet,
  name: string,
  sender: Puppet,
  from: string,
  to: Address,
): Promise<void> {
  await sender.send(from, 'datagram', to);
  assert.equal((await receiver.receive(name)).text, 'datagram', `${name} receives`);
}
