/** Connections that no process has accepted yet belong to whoever listens for them. */

import type { SocketRecord } from '../broker-link/records';
import { groupBy } from '../common/group-by';
import { type State, uniqueProcesses } from '../protocol';
import type { NamedOwner } from '../system/processes';
import type { KnownSocket } from './known-sockets';

/** What a connection without a file can be in before it is accepted; closing ones without a file are orphans. */
const waiting: readonly State[] = ['established', 'close-wait', 'syn-recv'];

/** Owners of the listeners, one for each process, by the id of what waits in their queues. */
export function acceptQueues(sockets: readonly KnownSocket[]): Map<string, NamedOwner[]> {
  const queued = sockets.filter(isQueued);
  if (queued.length === 0) return new Map();
  const listeners = groupBy(sockets.filter(isListener), ({ record }) => portKey(record));
  return new Map(
    queued.map(({ id, record }) => [id, ownersOf(fitting(record, listeners.get(portKey(record)) ?? []))]),
  );
}

function isQueued({ record, state }: KnownSocket): boolean {
  return record.inode === '0' && record.protocol === 'tcp' && waiting.includes(state);
}

function isListener({ record, state }: KnownSocket): boolean {
  return state === 'listen' && record.protocol === 'tcp';
}

function portKey({ netns, local }: SocketRecord): string {
  return `${netns}/${local.port}`;
}

/** The kernel prefers a listener on the very address to one on all; those that share a port (SO_REUSEPORT) all fit. */
function fitting({ local, family }: SocketRecord, listeners: readonly KnownSocket[]): readonly KnownSocket[] {
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
