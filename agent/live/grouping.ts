/** Assigns sockets to the groups of a view, and orders groups and rows. Pure. */

import type { SeenSocket } from '../inventory/inventory';
import { type Grouping, processKey, type Socket, type Subject, states, usualPorts } from '../protocol';

/** Id of a group, and the value that its sockets share. */
export type Place = readonly [group: string, subject: Subject];

/** Grouped by process: one place for each process that holds the socket. Else a single place. */
export function placesOf({ socket, holders }: SeenSocket, grouping: Grouping): readonly Place[] {
  switch (grouping) {
    case 'port':
      return [portPlace(socket)];
    case 'remote':
      return [remotePlace(socket)];
    case 'container':
      return [containerPlace(socket)];
    case 'state':
      return [[`state/${socket.state}`, { kind: 'state', state: socket.state }]];
    case 'process':
      if (holders.length === 0) return [ownerlessPlace(socket)];
      return [...new Map(holders.map(processPlace))];
  }
}

function processPlace({ pid, startTime, name, command }: SeenSocket['holders'][number]): Place {
  return [`process/${processKey({ pid, startTime })}`, { kind: 'process', pid, startTime, name, command }];
}

function ownerlessPlace(socket: Socket): Place {
  if (socket.kernel) return ['process/kernel', { kind: 'kernel' }];
  if (socket.inode !== '0') return ['process/unnamed', { kind: 'unnamed' }];
  return ['process/ownerless', { kind: 'ownerless' }];
}

function portPlace({ netns, local }: Socket): Place {
  return [`port/${netns}/${local.port}`, { kind: 'port', port: local.port, netns }];
}

/** An incoming client has a new port for each connection, so all its connections are in one group, by address. */
function remotePlace({ remote, local, netns, state }: Socket): Place {
  if (!remote)
    return state === 'listen'
      ? ['remote/listening', { kind: 'listening' }]
      : ['remote/unconnected', { kind: 'unconnected' }];
  const incoming = remote.port >= usualPorts.firstEphemeral && local.port < usualPorts.firstEphemeral;
  const port = incoming ? null : remote.port;
  const subject: Subject = { kind: 'remote', address: remote.address, port, netns };
  return [`remote/${netns}/${remote.address}/${port ?? 'in'}`, subject];
}

function containerPlace({ container, netns }: Socket): Place {
  if (!container) return [`namespace/${netns}`, { kind: 'namespace', netns }];
  const { id, runtime, name } = container;
  return [`container/${id}`, { kind: 'container', id, runtime, name }];
}

/** Listening first, then by protocol, local port and remote. */
export function rowOrder({ protocol, local, remote, state, netns, cookie }: Socket): string {
  const rank = state === 'listen' ? 0 : remote ? 2 : 1;
  const ends = [local.port, local.address, remote?.address ?? '', remote?.port ?? 0];
  return sortable([rank, protocol, ...ends, netns, cookie].join(' '));
}

/** `own`: inode of the network namespace whose groups come first. */
export function groupOrder(subject: Subject, sockets: readonly Socket[], own: number): string {
  return sortable(groupKeys(subject, sockets, own).join(' '));
}

function groupKeys(subject: Subject, sockets: readonly Socket[], own: number): readonly (string | number)[] {
  switch (subject.kind) {
    case 'process':
      return [1, subject.name.toLowerCase(), subject.pid];
    case 'port': {
      const listening = sockets.some(({ state }) => state === 'listen');
      return [subject.netns === own ? 1 : 2, listening ? 1 : 2, subject.port, subject.netns];
    }
    case 'remote': {
      const { address, port, netns } = subject;
      return [netns === own ? 1 : 2, port === null ? 2 : 1, address, port ?? 0, netns];
    }
    case 'container':
      return [1, (subject.name ?? subject.id).toLowerCase(), subject.id];
    case 'namespace':
      return [subject.netns === own ? 0 : 2, subject.netns];
    case 'state':
      return [states.indexOf(subject.state)];
    case 'listening':
    case 'unconnected':
      return [0, subject.kind];
    case 'unnamed':
    case 'ownerless':
    case 'kernel':
      return [9, lastKinds.indexOf(subject.kind)];
  }
}

/** Groups after all others, in this order. */
const lastKinds = ['unnamed', 'ownerless', 'kernel'];

/** Makes numbers in a text sort by value in string order: one sign for their length comes first, `0` for one digit. */
function sortable(text: string): string {
  return text.replace(/0*(\d+)/g, (_, digits: string) => String.fromCharCode(47 + digits.length) + digits);
}
