/** Outages: a remote held down for a while. */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { DestroyedSocket } from './destroy';

/**
 * What becomes of connects and datagrams to the remote: ECONNREFUSED, EHOSTUNREACH or EPERM at once; or `blackhole`: packets
 * vanish, so that connects time out and live connections stall without a reset.
 */
export const faults = ['refused', 'unreachable', 'denied', 'blackhole'] as const;
export type Fault = (typeof faults)[number];

export interface OutageParams {
  /** As for destroying, with a remote or a process in it: the connections that match are what is held down. */
  readonly filter: string;
  readonly fault: Fault;
  /** Milliseconds; 1 to limits.outageMs. */
  readonly forMs: number;
  /** True: it goes on when the connection of this client ends. */
  readonly detach: boolean;
}

export interface Outage {
  /** Chosen by the agent; good for as long as that runs. */
  readonly id: number;
  readonly filter: string;
  readonly fault: Fault;
  /** One line: which remotes, for whom. Untrusted text made visible. */
  readonly target: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endsAt: string;
  readonly detached: boolean;
  /** Connects, and datagrams, that failed by it. */
  readonly connects: number;
  /** Packets that it dropped. */
  readonly packets: number;
}

export interface OutageStarted {
  readonly outage: Outage;
  /** What became of the connections that matched; empty for a blackhole, which leaves them to stall. */
  readonly destroyed: readonly DestroyedSocket[];
}

/**
 * Holds down; access `act`. It ends after its time, when it is stopped, with this connection (unless detached), and, whatever
 * happens, within a second of the agent's and the broker's end; while the broker waits for a stalled walk (up to 2.4 s), it may
 * lapse after a second. Errors: invalidFilter, notFound, readOnly, needsAgent, busy (too many at once), kernelRefused, brokerLost.
 */
export const startOutage = new RequestType<OutageParams, OutageStarted, void>('outages/start');

/** Those that run, with what they have done so far; access `see`. */
export const listOutages = new RequestType<
  Record<string, never>,
  { readonly outages: readonly Outage[] },
  void
>('outages/list');

/** Ends one, and says what it has done; access `act`: whoever may start one may stop any. Errors: notFound. */
export const stopOutage = new RequestType<{ readonly id: number }, { readonly outage: Outage }, void>(
  'outages/stop',
);

/** Sent to every client when an outage starts or ends: those that run. */
export const outagesChanged = new NotificationType<{ readonly outages: readonly Outage[] }>(
  'outages/changed',
);
