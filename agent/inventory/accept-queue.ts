/** Assigns connections that are not accepted yet to the owners of their listeners. */

import type { SocketRecord } from '../broker-link/records';
import { groupBy } from '../common/group-by';
import { type State, uniqueProcesses } from '../protocol';
import type { NamedOwner } from '../system/processes';
import type { KnownSocket } from './known-socket';

/** States before accept(). In other states a connection without a file is an orphan. */
const queuedStates: readonly State[] = ['established', 'close-wait', 'syn-recv'];

/** Processes that are named for one connection: there may be thousands that listen on one port (SO_REUSEPORT). */
const maxOwners = 64;

/** Where a connection waits: one object for all that wait there. */
interface Queue {
  /** Of its listeners, one for each process, up to maxOwners. */
  readonly owners: readonly NamedOwner[];
  /** A listener is of a session carrier. */
  readonly carriesSession: boolean;
}

/** By the id of the queued connection. */
export type Queues = ReadonlyMap<string, Queue>;

export function acceptQueues(sockets: readonly KnownSocket[]): Queues {
  const queued = sockets.filter(isQueued);
  if (queued.length === 0) return new Map();
  const listeners = groupBy(sockets.filter(isListener), ({ record }) => portKey(record));
  const known = new Map<string, Queue>();
  const queueOf = (record: SocketRecord): Queue => {
    const key = `${portKey(record)}/${record.family}/${record.local.address}`;
    const queue = known.get(key) ?? toQueue(matchingListeners(record, listeners.get(portKey(record)) ?? []));
    known.set(key, queue);
    return queue;
  };
  return new Map(queued.map(({ id, record }) => [id, queueOf(record)]));
}

function toQueue(listeners: readonly KnownSocket[]): Queue {
  const owners = uniqueProcesses(listeners.flatMap((listener) => listener.owners));
  return {
    owners: owners.slice(0, maxOwners),
    carriesSession: listeners.some(({ carriesSession }) => carriesSession),
  };
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
