/** Holders and clients that a test controls: witnesses (victims/witness.py). */

import { join } from 'node:path';
import type { Address, Puppet } from '../puppet';
import { python } from '../stage';
import type { HeldPort, Owner, Place } from './holder';

export function startWitness(
  { stage, netns }: Pick<Place, 'stage' | 'netns'>,
  user = stage.user as { readonly uid: number; readonly gid: number },
): Promise<Puppet> {
  return stage.victim([python, join(stage.folder, 'witness.py')], { netns, user });
}

export function asOwner(puppet: Puppet): Owner {
  return { pid: puppet.pid, ended: () => puppet.ended };
}

/** The end of a connection of a witness, after it has read all data. */
export function endingOf(witness: Puppet, name: string): () => Promise<string | null> {
  return async () => (await witness.command('ending', { name })) as string | null;
}

export async function stopAll(puppets: readonly Puppet[]): Promise<void> {
  await Promise.all(puppets.map((puppet) => puppet.stop()));
}

/** A connection to a listener on IPv4, not yet accepted. */
export async function connectTo(place: Place, port: number): Promise<Puppet> {
  const client = await startWitness(place);
  const to: Address = ['127.0.0.1', port];
  await client.connect('client', { family: 'ipv4', to });
  return client;
}

/** A server with one connection, accepted as `accepted`. */
export async function serveOne(
  place: Place,
  server: Puppet,
  making: { readonly reuse?: boolean } = {},
): Promise<{ client: Puppet; held: HeldPort }> {
  const { port } = place.site;
  await server.listen('listener', { family: 'ipv4', address: '0.0.0.0', port, ...making });
  const client = await connectTo(place, port);
  await server.accept('accepted', 'listener');
  const held: HeldPort = {
    port,
    owners: [asOwner(server)],
    client: endingOf(client, 'client'),
    stop: () => stopAll([server, client]),
  };
  return { client, held };
}
