/**
 * Changes of views as they cross the wire: the sockets of all rows packed, of each row what does not follow from its socket, and of
 * each group its values.
 */

import { idKey } from './keys';
import { Numbers, packSockets } from './pack-sockets';
import { type PackedProcess, unpackSockets } from './packed-sockets';
import type { Group, PackedChange, PackedGroup, PackedRow, Row, Subject, ViewChange, Window } from './view';

export function packChange({ groups, rows, ...rest }: ViewChange): PackedChange {
  const all = Object.values(rows).flatMap(({ set }) => set);
  const processes = new Numbers<PackedProcess>();
  return {
    ...rest,
    groups: mapWindow(groups, (group) => packGroup(group, processes)),
    rows: mapWindows(rows, packRow),
    sockets: packSockets(
      all.map(({ socket }) => socket),
      processes,
    ),
  };
}

function packGroup(
  { id, order, subject, counts, size, bytesPerSecond, holder, unclosed }: Group,
  processes: Numbers<PackedProcess>,
): PackedGroup {
  const { listening, connected, others } = counts;
  const packed =
    subject.kind === 'process'
      ? processes.of([subject.pid, subject.startTime, subject.name, subject.command])
      : subject;
  return [id, order, packed, listening, connected, others, size, bytesPerSecond, holder, unclosed];
}

function packRow({ order, mark, reason, bytesPerSecond }: Row): PackedRow {
  return [order, mark, reason, bytesPerSecond];
}

export function unpackChange({ groups, rows, sockets, ...rest }: PackedChange): ViewChange {
  const unpacked = unpackSockets(sockets).values();
  const unpackRow = ([order, mark, reason, bytesPerSecond]: PackedRow): Row => {
    const { value: socket } = unpacked.next();
    if (!socket) throw new Error('A change of a view has fewer sockets than rows');
    return { id: idKey(socket), order, socket, mark, reason, bytesPerSecond };
  };
  return {
    ...rest,
    groups: mapWindow(groups, (group) => unpackGroup(group, sockets.processes)),
    rows: mapWindows(rows, unpackRow),
  };
}

function unpackGroup(
  [id, order, subject, listening, connected, others, size, bytesPerSecond, holder, unclosed]: PackedGroup,
  processes: readonly PackedProcess[],
): Group {
  const counts = { listening, connected, others };
  const known = unpackSubject(subject, processes);
  return { id, order, subject: known, counts, size, bytesPerSecond, holder, unclosed };
}

function unpackSubject(subject: PackedGroup[2], processes: readonly PackedProcess[]): Subject {
  if (typeof subject !== 'number') return subject;
  const process = processes[subject];
  if (!process) throw new Error('A change of a view has a group of a process that it does not name');
  const [pid, startTime, name, command] = process;
  return { kind: 'process', pid, startTime, name, command };
}

function mapWindow<From, To>({ set, gone }: Window<From>, map: (item: From) => To): Window<To> {
  return { set: set.map(map), gone };
}

function mapWindows<From, To>(
  windows: Readonly<Record<string, Window<From>>>,
  map: (item: From) => To,
): Record<string, Window<To>> {
  return Object.fromEntries(Object.entries(windows).map(([id, window]) => [id, mapWindow(window, map)]));
}
