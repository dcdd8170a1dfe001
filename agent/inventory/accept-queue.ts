/** Assigns connections that are not accepted yet to the owners of their listeners. */

import type { SocketRecord } from '../broker-link/records';
import { groupBy } from '../common/group-by';
import { type State, uniqueProcesses } from '../protocol';
import type { NamedOwner } from '../system/processes';
import type { KnownSocket } from './known-sockets';

/** States before accept(). In other states a connection without a file is an orphan. */
const queuedStates: readonly State[] = ['established', 'close-wait', 'syn-recv'];

/** The listeners that may accept it, by the id of the queued connection. */
export type Queues = ReadonlyMap<string, readonly KnownSocket[]>;

export function acceptQueues(sockets: readonly KnownSocket[]): Queues {
  const queued = sockets.filter(isQueued);
  if (queued.length === 0) return new Map();
  const listeners = groupBy(sockets.filter(isListener), ({ record }) => portKey(record));
  return new Map(
    queued.map(({ id, record }) => [id, matchingListeners(record, listeners.get(portKey(record)) ?? [])]),
  );
}

/** Owners of the listeners, one for each process, by the id of the queued connection. */
export function queueOwners(queues: Queues): Map<string, NamedOwner[]> {
  return new Map([...queues].map(([id, listeners]) => [id, ownersOf(listeners)]));
}

function isQueued({ record, state }: KnownSocket): boolean {
  return record.inode === '0' && record.protocol === 'tcp' && queuedStates.includes(state);
}

function isListener({ record, state }: KnownSocket): boolean {
  return state === 'listen' && record.protocol === 'tcp';
}

function portKey({ netns, local }: SocketRecord): string {
  return `${netns}/${local.port}`;
}

/** As the kernel does, prefers a listener on the exact address to a wildcard one. Several can match (SO_REUSEPORT). */
function matchingListeners(
  { local, family }: SocketRecord,
  listeners: readonly KnownSocket[],
): readonly KnownSocket[] {
  const exact = listeners.filter(({ record }) => record.local.address === local.address);
  if (exact.length > 0) return exact;
  const wild = listeners.filter(({ record }) => wildcards.has(record.local.address));
  const ofFamily = wild.filter(({ record }) => record.family === family);
  return ofFamily.length > 0 ? ofFamily : wild;
}

const wildcards = new Set(['0.0.0.0', '::']);

function ownersOf(listeners: readonly KnownSocket[]): NamedOwner[] {
  const owners = listeners.flatMap((listener) => listener.owners);
  return uniqueProcesses(owners);
}
