/** Details of one socket or process, read only on request. */

import { RequestType } from 'vscode-jsonrpc';
import type { Container, Target } from './sockets';

export const timers = ['none', 'retransmit', 'keepalive', 'time-wait', 'zero-window-probe'] as const;

export interface SocketDetail {
  /** Bytes that the program has not read yet; of a listener: connections that wait to be accepted. */
  readonly receiveQueue: number;
  /** Bytes that the other end has not acknowledged yet; of a listener: the maximum of connections that may wait. */
  readonly sendQueue: number;
  readonly timer: {
    readonly kind: (typeof timers)[number];
    readonly expiresMs: number;
    readonly retransmits: number;
  };
  /** Null: not TCP, or in a state without such numbers (time-wait, listening). */
  readonly tcp: TcpDetail | null;
}

/** As in struct tcp_info. Milliseconds, bytes, packets. */
export interface TcpDetail {
  readonly rttMs: number;
  readonly rttVarianceMs: number;
  readonly minRttMs: number;
  readonly retransmitting: number;
  readonly totalRetransmits: number;
  readonly unacked: number;
  readonly lost: number;
  readonly congestionWindow: number;
  readonly congestionControl: string;
  readonly sendMss: number;
  readonly pathMtu: number;
  readonly lastDataSentMs: number;
  readonly lastDataReceivedMs: number;
  readonly lastAckReceivedMs: number;
  readonly bytesSent: number;
  readonly bytesAcked: number;
  readonly bytesReceived: number;
  readonly bytesRetransmitted: number;
  /** Bytes a second. */
  readonly deliveryRate: number;
}

/** Bytes of data that the other end has acknowledged: the kernel counts the SYN, and later the FIN, among them. */
export function acknowledgedBytes({ bytesAcked, bytesSent, bytesRetransmitted }: TcpDetail): number {
  return Math.min(bytesAcked, bytesSent - bytesRetransmitted);
}

/** Reads the present numbers of one socket; access `see`. Errors: notFound, kernelRefused. */
export const inspectSocket = new RequestType<{ readonly target: Target }, SocketDetail, void>(
  'sockets/inspect',
);

/** Identifies one process: the kernel may use a pid again, but not with the same start time. */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

/** Reduces an owner, a subject and the like to its identity: requests accept no other fields. */
export function processIdOf({ pid, startTime }: ProcessId): ProcessId {
  return { pid, startTime };
}

export interface ProcessSummary extends ProcessId {
  /** Untrusted text, as in Owner. */
  readonly name: string;
  readonly command: string;
  readonly uid: number;
}

export interface ProcessDetail extends ProcessSummary {
  /** Null: /etc/passwd does not have that uid. */
  readonly user: string | null;
  /** Null: it cannot be read. */
  readonly workingDirectory: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Parent first, up to pid 1. */
  readonly parents: readonly ProcessSummary[];
  /** Path in the cgroup2 hierarchy, or in systemd's own; null: it cannot be read. */
  readonly cgroup: string | null;
  readonly container: Container | null;
  /** `nginx.service`; null: it is in no unit. */
  readonly unit: string | null;
}

/** Reads details of one process; access `see`. Errors: notFound. */
export const inspectProcess = new RequestType<ProcessId, ProcessDetail, void>('processes/inspect');

/** Sends names of containers, which only the client can get from their runtimes, for this connection; access `see`. */
export const nameContainers = new RequestType<
  { readonly containers: readonly { readonly id: string; readonly name: string }[] },
  null,
  void
>('containers/name');
