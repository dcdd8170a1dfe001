/** The history of TCP connections: opened, failed to open, and ended. Kept only while somebody asks for it, in memory alone. */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { ProcessId } from './inspect';
import type { Endpoint, SocketId } from './sockets';
import type { EndReason } from './watch';

/**
 * Why a connect came to nothing, or a connection ended.
 * - `refused`: the other end answered with RST. `unreachable`: a router, or this machine, said that there is no way to it.
 * - `timed-out`: the kernel gave up waiting for the other end.
 * - `given-up`: the program closed it before there was an answer.
 * - `not-sent`: the kernel refused it before a packet left: no route, no free port, or a rule; the program has the errno.
 * - the others: as of a socket that is closed.
 */
export const pastReasons = ['refused', 'unreachable', 'given-up', 'not-sent'] as const;
export type PastReason = (typeof pastReasons)[number] | EndReason;

export interface PastProcess extends ProcessId {
  /** The kernel's name of the process, as in Owner: untrusted text. */
  readonly name: string;
}

export interface PastConnection extends SocketId {
  /** Identifies the connection within a history, in which a socket may have several. */
  readonly id: string;
  /** The newest that is known of it: an `ended` replaces the `opened` of the same id. */
  readonly event: 'opened' | 'failed' | 'ended';
  /** Time of that: ISO 8601, milliseconds, UTC. Of one that was not sent, of its connect(). */
  readonly at: string;
  /** `out`: its program connected. `in`: a listener took it. Null: it was there before the history. */
  readonly direction: 'out' | 'in' | null;
  /** Port 0: it had none, or none any more. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Of its process; of one that none has connected, the socket's creator. Null: the process had several. */
  readonly uid: number | null;
  /** Null: not known, as of a connection that no program has accepted or closed yet. */
  readonly process: PastProcess | null;
  /** The process at the other end, where that is in the same history. */
  readonly peer: PastProcess | null;
  /** From connect() until it was established, or failed; null: it came in, was there before, or was not sent (not known then). */
  readonly connectMs: number | null;
  /** From then until its end; null: it has not ended, was never open, or was there before. */
  readonly durationMs: number | null;
  /** Bytes of data over its life, retransmits left out; null: it has not ended. */
  readonly sentBytes: number | null;
  readonly receivedBytes: number | null;
  /** Null: no end of it was recorded. */
  readonly reason: PastReason | null;
  /** Errno name with which the kernel ended it; null: none. */
  readonly errno: string | null;
}

export interface HistoryParams {
  /** As for listing, without `state:` and `container:`; free text also matches the event and the reason. */
  readonly filter: string;
  /** Only what happened in so many last milliseconds. */
  readonly sinceMs?: number;
  /** Only what was added behind this `next` of an earlier page. */
  readonly after?: number;
}

export interface HistoryPage {
  /** Since when it is kept; null: it is not kept, and all else is empty. */
  readonly keptSince: string | null;
  /** Nothing is missing since then. */
  readonly completeSince: string | null;
  /** Entries that were dropped for newer ones, and events that came faster than they could be read. */
  readonly dropped: number;
  readonly lost: number;
  /** The oldest first, at most limits.historyPage. */
  readonly connections: readonly PastConnection[];
  readonly next: number;
  /** The `next` behind the newest of now. */
  readonly end: number;
  /** There are further ones behind `next`. */
  readonly more: boolean;
  /** Entries behind `after` were dropped before they were asked for. */
  readonly missed: boolean;
}

/** Keeps a history until the client releases it or disconnects, with `history/changed`. Access `see`. Errors: needsAgent, kernelRefused, brokerLost. */
export const keepHistory = new RequestType<Record<string, never>, null, void>('history/keep');
export const releaseHistory = new RequestType<Record<string, never>, null, void>('history/release');
/** Access `see`. Errors: invalidFilter, needsAgent, kernelRefused, brokerLost. */
export const listHistory = new RequestType<HistoryParams, HistoryPage, void>('history/list');
/** There is more than before; sent to those who keep it, at most four times a second. */
export const historyChanged = new NotificationType<Record<string, never>>('history/changed');
