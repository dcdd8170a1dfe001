/** The requests that list sockets. */

import { RequestType } from 'vscode-jsonrpc';
import type { PackedSockets } from './packed-sockets';
import type { Container, LeftOut, Namespace, Socket } from './sockets';

export interface ListParams {
  /** Filter in the language of filter.ts; empty means every socket. */
  readonly filter: string;
  /** Continues the listing that returned it. Absent: a new scan. */
  readonly cursor?: string;
  /** Also list what is connected; of a new scan only. */
  readonly connections?: boolean;
  /** What listens first, then by local port, then by remote port; of a new scan only. */
  readonly inOrder?: boolean;
}

/** A page of a listing. */
export interface ListResult {
  /** Network namespaces of the scan, at most limits.namespaces. */
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
  /** At most limits.listPage sockets, and about limits.answer bytes. */
  readonly sockets: readonly Socket[];
  /** Number of matching sockets in all pages. */
  readonly total: number;
  /** Pass it back for the next page; null: this was the last. Valid for the newest listing of a connection only. */
  readonly cursor: string | null;
  /**
   * Where it was asked for, and without a cursor: idKey of each established TCP connection that the scan found: at least of each that
   * has a port which the filter names, or of all. Null: the filter names none, and not all were scanned, or more than
   * limits.connections.
   */
  readonly connections?: readonly string[] | null;
}

/** The same on the wire. */
export interface PackedList extends Omit<ListResult, 'sockets'> {
  readonly sockets: PackedSockets;
}

/** Lists sockets; access `see`. Errors: invalidFilter, cursorExpired, brokerLost. */
export const listSockets = new RequestType<ListParams, PackedList, void>('sockets/list');

/** A page of a listing in order, for scripts. */
export interface JsonList extends Omit<ListResult, 'sockets' | 'connections'> {
  /** The containers of the sockets of all pages. */
  readonly containers: readonly Container[];
  /** The sum of the sockets of all pages. */
  readonly ownersLeftOut: number;
  /**
   * JSON of about limits.answer bytes of sockets, with commas in between. On the wire these are the items of an array, and that the last
   * member of the answer: a client takes them out of the message as they are.
   */
  readonly jsonRows: Uint8Array;
}

/** As listSockets, with rows that need not be decoded. */
export const listJson = new RequestType<Pick<ListParams, 'filter' | 'cursor'>, JsonList, void>(
  'sockets/listJson',
);
