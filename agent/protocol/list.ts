/** The request that lists sockets. */

import { RequestType } from 'vscode-jsonrpc';
import type { PackedSockets } from './packed-sockets';
import type { LeftOut, Namespace, Socket } from './sockets';

export interface ListParams {
  /** Filter in the language of filter.ts; empty means every socket. */
  readonly filter: string;
  /** Continues the listing that returned it. Absent: a new scan. */
  readonly cursor?: string;
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
}

/** The same on the wire. */
export interface PackedList extends Omit<ListResult, 'sockets'> {
  readonly sockets: PackedSockets;
}

/** Lists sockets; access `see`. Errors: invalidFilter, cursorExpired, brokerLost. */
export const listSockets = new RequestType<ListParams, PackedList, void>('sockets/list');
