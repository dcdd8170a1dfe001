/**
 * A view: what one tree shows of the machine. The agent groups, sorts, counts and pages; a client gets the groups and rows in
 * its window, then differences. Nothing is computed for a view that is closed.
 */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { Namespace, Socket, SocketId } from './sockets';
import type { ChangeSource, EndReason } from './watch';

export const groupings = ['process', 'port', 'remote', 'container', 'state'] as const;
export type Grouping = (typeof groupings)[number];

/**
 * - `workspace`: of processes below `roots`, or that work in one of `folders`.
 * - `mine`: of the client's uid; and those without an owner on ports where such processes are or were seen.
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
   * How many rows are wanted of which groups, by their ids; rootGroup asks for groups. Groups that are not named send none.
   * At most limits.openGroups of them, each with at most limits.viewRows.
   */
  readonly open: Readonly<Record<string, number>>;
}

/** What the sockets of a group have in common. */
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
  /** By container, for what is in none: a network namespace. */
  | { readonly kind: 'namespace'; readonly netns: number }
  | { readonly kind: 'state'; readonly state: Socket['state'] }
  /** Some file holds them, but whose it is cannot be seen. */
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
  /** Stays the same for as long as the group exists. */
  readonly id: string;
  /** Compared as text it gives the order of groups; never changes while the group exists. */
  readonly order: string;
  readonly subject: Subject;
  /** Without the closed ones that are still shown. */
  readonly counts: Counts;
  /** Rows that `open` may ask for: counts together, and closed ones that are still shown. */
  readonly size: number;
  /** Process that listens, or else the only one of all its sockets: `node (pid 42)`; empty where there is none. Not by process. */
  readonly holder: string;
}

/** `new` and `changed` for two seconds, `closed` for five. */
export type Mark = 'new' | 'changed' | 'closed';

export interface Row {
  /** Unique in its group: netns:cookie. */
  readonly id: string;
  /** As in Group. */
  readonly order: string;
  readonly socket: Socket;
  readonly mark: Mark | null;
  /** Why it was closed; null unless `mark` is `closed`. */
  readonly reason: EndReason | null;
}

/** Differences of one group's window, or, for rootGroup, of the groups themselves. */
export interface Window<Item> {
  /** New ones, and those that look different. */
  readonly set: readonly Item[];
  /** Ids of those that are no longer in the window. */
  readonly gone: readonly string[];
}

export interface ViewChange {
  readonly view: number;
  readonly groups: Window<Group>;
  /** By group id; groups without differences are left out. A group that is gone takes its rows with it. */
  readonly rows: Readonly<Record<string, Window<Row>>>;
  /** How many groups there are; the window may hold fewer. */
  readonly groupCount: number;
  /** Sockets that match filter and show, each once, without closed ones. */
  readonly shown: number;
  /** Sockets that match the filter, but not `show`. */
  readonly hidden: number;
  readonly namespaces: readonly Namespace[];
  readonly source: ChangeSource;
  /** Why the last look failed, and what is shown is older; null: it did not. */
  readonly failure: string | null;
}

/** Opens or replaces a view; the answer holds its whole window. Access `see`. Errors: invalidFilter, busy, brokerLost. */
export const setView = new RequestType<ViewParams, ViewChange, void>('view/set');
export const closeView = new RequestType<{ readonly view: number }, null, void>('view/close');
/** A new look now, for those who press Refresh; answered when the view's change, if any, is out. */
export const refreshView = new RequestType<{ readonly view: number }, null, void>('view/refresh');
export const viewChanged = new NotificationType<ViewChange>('view/changed');

export interface ViewSocketsParams {
  readonly view: number;
  readonly group: string;
  readonly cursor?: string;
}

export interface ViewSocketsResult {
  /** At most limits.listPage, without closed ones. */
  readonly sockets: readonly Socket[];
  readonly cursor: string | null;
}

/** Every socket of a group, whatever its window; access `see`. Errors: cursorExpired. */
export const viewSockets = new RequestType<ViewSocketsParams, ViewSocketsResult, void>('view/sockets');

export interface LocateParams {
  readonly view: number;
  readonly socket: SocketId;
}

/** Where a socket is in a view: what `open` must ask for to have it in its windows. */
export interface Located {
  readonly group: string;
  /** Id of its row. */
  readonly row: string;
  /** Rows of rootGroup that reach to the group, and rows of the group that reach to the socket. */
  readonly groups: number;
  readonly rows: number;
}

/** Null: the view does not show it. Access `see`. */
export const locateSocket = new RequestType<LocateParams, Located | null, void>('view/locate');
