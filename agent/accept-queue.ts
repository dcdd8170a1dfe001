/** Connections that no process has accepted yet belong to whoever listens for them. */

import { groupBy } from './group-by';
import type { NamedOwner } from './processes';
import type { State } from './protocol';
import { idKey, type JoinedSocket, type SocketRecord, stateWord } from './records';

/** What a connection without a file can be in before it is accepted; closing ones without a file are orphans. */
const waiting: readonly State[] = ['established', 'close-wait', 'syn-recv'];

/** Owners of the listeners, one for each process, by the id (idKey) of what waits in their queues. */
export function acceptQueues(sockets: readonly JoinedSocket<NamedOwner>[]): Map<string, NamedOwner[]> {
  const queued = sockets.filter(isQueued);
  if (queued.length === 0) return new Map();
  const listeners = groupBy(sockets.filter(isListener), ({ record }) => portKey(record));
  return new Map(
    queued.map(({ record }) => [
      idKey(record),
      ownersOf(fitting(record, listeners.get(portKey(record)) ?? [])),
    ]),
  );
}

export function isQueued({ record }: Pick<JoinedSocket, 'record'>): boolean {
  return record.protocol === 'tcp' && record.inode === '0' && waiting.includes(stateWord(record));
}

function isListener({ record }: JoinedSocket): boolean {
  return record.protocol === 'tcp' && stateWord(record) === 'listen';
}

function portKey({ netns, local }: SocketRecord): string {
  return `${netns}/${local.port}`;
}

/** The kernel prefers a listener on the very address to one on all; those that share a port (SO_REUSEPORT) all fit. */
function fitting<Listener extends JoinedSocket>(
  { local, family }: SocketRecord,
  listeners: readonly Listener[],
): readonly Listener[] {
  const exact = listeners.filter(({ record }) => record.local.address === local.address);
  if (exact.length > 0) return exact;
  const wild = listeners.filter(({ record }) => wildcards.has(record.local.address));
  const ofFamily = wild.filter(({ record }) => record.family === family);
  return ofFamily.length > 0 ? ofFamily : wild;
}

const wildcards = new Set(['0.0.0.0', '::']);

function ownersOf(listeners: readonly JoinedSocket<NamedOwner>[]): NamedOwner[] {
  const owners = listeners.flatMap((listener) => listener.owners);
  return [...new Map(owners.map((owner) => [`${owner.pid}/${owner.startTime}`, owner])).values()];
}
