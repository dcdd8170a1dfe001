/** Outages: a remote held down for a while. */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { Degradation, Fault } from './choices';
import type { DestroyedSocket } from './destroy';

export interface OutageParams {
  /** As for destroying, with a remote or a process in it: connections that match are held down. */
  readonly filter: string;
  readonly fault: Fault;
  /** Milliseconds; 1 to limits.outageMs. */
  readonly forMs: number;
  /** True: it continues when the connection of this client ends. */
  readonly detach: boolean;
  /** From agreedTo: if anything else matches at its start, nothing is done (changed). Absent: nobody was asked. */
  readonly agreed?: readonly string[];
}

export interface Outage {
  /** Chosen by the agent; valid until the agent ends. */
  readonly id: number;
  readonly filter: string;
  /** `loss`, `rate`, `half-open`: of a degrade, which is listed and stopped as an outage. */
  readonly fault: Fault | Degradation;
  /** One line: the remotes, and the processes concerned. Untrusted text, escaped by visibleText. */
  readonly target: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endsAt: string;
  readonly detached: boolean;
  /** Number of connects and datagrams that failed because of it. */
  readonly connects: number;
  /** Number of packets that it dropped. */
  readonly packets: number;
}

export interface OutageStarted {
  readonly outage: Outage;
  /** Result for each connection that matched; empty for a blackhole, in which they stall instead. */
  readonly destroyed: readonly DestroyedSocket[];
}

/**
 * Starts an outage; access `act`. It ends after its time, when it is stopped, with this connection (unless detached), and always
 * within a second of the end of the agent or the broker. Errors: invalidFilter, notFound, changed, readOnly, needsAgent, busy (too
 * many at once), kernelRefused, brokerLost.
 */
export const startOutage = new RequestType<OutageParams, OutageStarted, void>('outages/start');

/** Lists running outages with their counters; access `see`. */
export const listOutages = new RequestType<
  Record<string, never>,
  { readonly outages: readonly Outage[] },
  void
>('outages/list');

/** Ends an outage, also another client's, and returns its final counters; access `act`. Errors: notFound. */
export const stopOutage = new RequestType<{ readonly id: number }, { readonly outage: Outage }, void>(
  'outages/stop',
);

/** Sent to every client when an outage starts or ends, with all that run. */
export const outagesChanged = new NotificationType<{ readonly outages: readonly Outage[] }>(
  'outages/changed',
);
