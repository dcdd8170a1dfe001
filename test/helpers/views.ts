/** Groups, rows and changes of views for tests of pure code. */

import type { Group, Row, Socket, Subject, ViewChange, Window } from '../../agent/protocol';

const noChange: ViewChange = {
  view: 1,
  groups: { set: [], gone: [] },
  rows: {},
  groupCount: 0,
  shown: 0,
  hidden: 0,
  leftOut: { sockets: 0, owners: 0 },
  namespaces: [],
  source: 'events',
  failure: null,
};

export function process(pid: number, name = 'node', command = ''): Subject {
  return { kind: 'process', pid, startTime: '1', name, command };
}

/** A group of as many connections as `connected`. */
export function group(id: string, subject: Subject, connected: number, more: Partial<Group> = {}): Group {
  const counts = { listening: 0, connected, others: 0 };
  return {
    id,
    order: id,
    subject,
    counts,
    size: connected,
    bytesPerSecond: 0,
    holder: '',
    unclosed: 0,
    ...more,
  };
}

export function row(socket: Socket, more: Partial<Row> = {}): Row {
  const id = `${socket.netns}:${socket.cookie}`;
  return { id, order: id, socket, mark: null, reason: null, bytesPerSecond: null, ...more };
}

export function change(
  groups: readonly Group[],
  rows: Readonly<Record<string, readonly Row[]>> = {},
  more: Partial<ViewChange> = {},
): ViewChange {
  const windows: Record<string, Window<Row>> = {};
  for (const [id, set] of Object.entries(rows)) windows[id] = { set, gone: [] };
  return {
    ...noChange,
    groups: { set: groups, gone: [] },
    rows: windows,
    groupCount: groups.length,
    ...more,
  };
}
