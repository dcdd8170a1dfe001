/**
 * A view: the part of the machine that one tree shows. The agent groups, sorts, counts and pages; a client gets the groups and
 * rows in its window, then differences. Nothing is computed for a closed view.
 */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { PackedSockets } from './packed-sockets';
import type { LeftOut, Namespace, Socket, SocketId } from './sockets';
import type { ChangeSource, EndReason } from './watch';

export const groupings = ['process', 'port', 'remote', 'container', 'state'] as const;
export type Grouping = (typeof groupings)[number];

/**
 * - `workspace`: sockets of processes below `roots`, or with a working directory in one of `folders`.
 * - `mine`: sockets of the client's uid, and those without an owner on ports that such processes use or have used.
 */
export const shows = ['workspace', 'mine', 'everything'] as const;
export type Show = (typeof shows)[number];

export interface Workspace {
  /** Processes that this window started: terminals' shells, tasks, debuggees. Their descendants count as well. */
  readonly roots: readonly number[];
  /** Absolute paths. */
  readonly folders: readonly string[];
}

/** Id of the group of all groups, in `open` and in changes. */
export const rootGroup = '';

export interface ViewParams {
  /** Chosen by the client; a view of this number on this connection is replaced. */
  readonly view: number;
  readonly filter: string;
  readonly show: Show;
  readonly groupBy: Grouping;
  readonly workspace: Workspace;
  /**
   * Wanted number of rows by id of their group; rootGroup stands for the groups themselves. Other groups send no rows.
   * At most limits.openGroups entries, each at most limits.viewRows.
   */
  readonly open: Readonly<Record<string, number>>;
}

/** The common property of a group's sockets. */
export type Subject =
  | {
      readonly kind: 'process';
      readonly pid: number;
      readonly startTime: string;
      readonly name: string;
      readonly command: string;
    }
  | { readonly kind: 'port'; readonly port: number; readonly netns: number }
  /** Port null: connections that came in from that address. */
  | {
      readonly kind: 'remote';
      readonly address: string;
      readonly port: number | null;
      readonly netns: number;
    }
  | {
      readonly kind: 'container';
      readonly id: string;
      readonly runtime: string;
      readonly name: string | null;
    }
  /** When grouped by container: the network namespace of sockets outside of containers. */
  | { readonly kind: 'namespace'; readonly netns: number }
  | { readonly kind: 'state'; readonly state: Socket['state'] }
  /** A file holds them, but its process is hidden. */
  | { readonly kind: 'unnamed' }
  /** No file holds them: time-wait, orphaned. */
  | { readonly kind: 'ownerless' }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'listening' }
  | { readonly kind: 'unconnected' };

export interface Counts {
  readonly listening: number;
  readonly connected: number;
  readonly others: number;
}

export interface Group {
  /** Constant while the group exists. */
  readonly id: string;
  /** Sort key, compared as text; constant while the group exists. */
  readonly order: string;
  readonly subject: Subject;
  /** Without closed rows. */
  readonly counts: Counts;
  /** Number of rows that `open` may ask for: all counts, and closed rows. */
  readonly size: number;
  /** Of all its sockets; those where it is not known count as 0. */
  readonly bytesPerSecond: number;
  /** Owners that all its sockets share, or of a port all that listen: `node (pid 42)`; empty: they differ, or grouped by process. */
  readonly holder: string;
  /** Connections of a process in close-wait, which their peers have closed and it has not; 0 for other groups. */
  readonly unclosed: number;
}

/** `new` and `changed` last two seconds, `closed` five. */
export type Mark = 'new' | 'changed' | 'closed';

export interface Row {
  /** Unique in its group: netns:cookie. */
  readonly id: string;
  /** As in Group. */
  readonly order: string;
  readonly socket: Socket;
  readonly mark: Mark | null;
  /** Reason for the close; null unless `mark` is `closed`. */
  readonly reason: EndReason | null;
  /**
   * Sent and received, in about the last two seconds; null: not known, as of UDP, without an agent or at first. That it is 0 is no change
   * then.
   */
  readonly bytesPerSecond: number | null;
}

/** Differences of one group's window, or, for rootGroup, of the groups themselves. */
export interface Window<Item> {
  /** Items that are new or have changed. */
  readonly set: readonly Item[];
  /** Ids of those that are no longer in the window. */
  readonly gone: readonly string[];
}

export interface ViewChange {
  readonly view: number;
  readonly groups: Window<Group>;
  /** By group id; groups without differences are left out. A group that is gone takes its rows with it. */
  readonly rows: Readonly<Record<string, Window<Row>>>;
  /** Number of all groups; the window may hold fewer. */
  readonly groupCount: number;
  /** Number of sockets that match filter and show, without closed ones. */
  readonly shown: number;
  /** Number of sockets that match the filter, but not `show`. */
  readonly hidden: number;
  readonly leftOut: LeftOut;
  /** Null: as before. */
  readonly namespaces: readonly Namespace[] | null;
  readonly source: ChangeSource;
  /** Why the last scan failed, so that the rows are older; null: it did not fail. */
  readonly failure: string | null;
}

/** A change as it crosses the wire (packed-view.ts). */
export interface PackedChange extends Omit<ViewChange, 'groups' | 'rows'> {
  readonly groups: Window<PackedGroup>;
  readonly rows: Readonly<Record<string, Window<PackedRow>>>;
  /** Of the rows of all groups, in their order. */
  readonly sockets: PackedSockets;
}

/** Of a process, the subject is an index of the processes of `sockets`. */
export type PackedGroup = readonly [
  id: Group['id'],
  order: Group['order'],
  subject: number | Exclude<Subject, { readonly kind: 'process' }>,
  listening: Counts['listening'],
  connected: Counts['connected'],
  others: Counts['others'],
  size: Group['size'],
  bytesPerSecond: Group['bytesPerSecond'],
  holder: Group['holder'],
  unclosed: Group['unclosed'],
];

/** What does not follow from the socket. */
export type PackedRow = readonly [
  order: Row['order'],
  mark: Row['mark'],
  reason: Row['reason'],
  bytesPerSecond: Row['bytesPerSecond'],
];

/** Opens or replaces a view; the answer has its whole window. Access `see`. Errors: invalidFilter, busy, brokerLost. */
export const setView = new RequestType<ViewParams, PackedChange, void>('view/set');
export const closeView = new RequestType<{ readonly view: number }, null, void>('view/close');
/** Scans now, for Refresh; answered after the view's change, if any, was sent. */
export const refreshView = new RequestType<{ readonly view: number }, null, void>('view/refresh');
export const viewChanged = new NotificationType<PackedChange>('view/changed');

export interface ViewSocketsParams {
  readonly view: number;
  readonly group: string;
  readonly cursor?: string;
}

export interface ViewSocketsResult {
  /** At most limits.listPage, and about limits.answer bytes, without closed ones. */
  readonly sockets: PackedSockets;
  readonly cursor: string | null;
}

/** Lists every socket of a group, also outside of its window; access `see`. Errors: cursorExpired. */
export const viewSockets = new RequestType<ViewSocketsParams, ViewSocketsResult, void>('view/sockets');

export interface LocateParams {
  readonly view: number;
  readonly socket: SocketId;
}

/** Position of a socket in a view, for `open`. */
export interface Located {
  readonly group: string;
  /** Id of its row. */
  readonly row: string;
  /** Minimum numbers for `open`: of rootGroup to include the group, and of the group to include the socket. */
  readonly groups: number;
  readonly rows: number;
}

/** Finds a socket in a view; null: the view does not show it. Access `see`. */
export const locateSocket = new RequestType<LocateParams, Located | null, void>('view/locate');
