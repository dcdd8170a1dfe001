/** Notifications of changes. */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { Socket } from './sockets';

/**
 * Why a connection ended, or a socket was closed.
 * - `destroyed-by-sockscope`: by this agent. `destroyed-by-other`: ss -K and the like.
 * - `closed`: its owner closed it first. `process-exited`: because the owner ended.
 * - `closed-by-peer`: the other end closed first. `reset-by-peer`: the other end sent RST; also a refused connect.
 * - `timed-out`: the kernel gave up waiting for the other end.
 * - `unknown`: there is no information, as in the observer.
 */
export const endReasons = [
  'destroyed-by-sockscope',
  'destroyed-by-other',
  'closed',
  'closed-by-peer',
  'reset-by-peer',
  'timed-out',
  'process-exited',
  'unknown',
] as const;
export type EndReason = (typeof endReasons)[number];

/** `events`: the kernel reports changes. `polling`: a scan every two seconds. */
export type ChangeSource = 'events' | 'polling';

export interface SocketChange {
  readonly event: 'added' | 'changed' | 'closed';
  /** Time of the scan that found it: ISO 8601, milliseconds, UTC. */
  readonly at: string;
  /** Its present state; of a closed one, its last. */
  readonly socket: Socket;
  /** Null for events other than `closed`. */
  readonly reason: EndReason | null;
}

export interface WatchParams {
  /** As for listing; a socket that begins to match is `added`, one that no longer matches is `closed` with `unknown`. */
  readonly filter: string;
}

export interface WatchResult {
  readonly watch: number;
  readonly source: ChangeSource;
}

interface SocketsChanged {
  readonly watch: number;
  /** At most limits.listPage. */
  readonly changes: readonly SocketChange[];
}

/** Sends every later change as `sockets/changed`; access `see`. Errors: invalidFilter, busy, brokerLost. */
export const watchSockets = new RequestType<WatchParams, WatchResult, void>('sockets/watch');
export const unwatchSockets = new RequestType<{ readonly watch: number }, null, void>('sockets/unwatch');
export const socketsChanged = new NotificationType<SocketsChanged>('sockets/changed');
