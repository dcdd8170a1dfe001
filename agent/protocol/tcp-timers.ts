/** After how long TCP connections give up a peer that does not answer: the timers that the kernel has for each, read on request. */

import { RequestType } from 'vscode-jsonrpc';
import type { Target } from './sockets';

/** Its own settings, else those of its network namespace. Milliseconds, bytes. */
export interface TcpTimers {
  /** SO_KEEPALIVE */
  readonly keepalive: boolean;
  /** TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT: used only with keepalive. */
  readonly keepaliveIdleMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveProbes: number;
  /** TCP_USER_TIMEOUT; 0: none. */
  readonly userTimeoutMs: number;
  /** net.ipv4.tcp_retries2 */
  readonly retries: number;
  /** Until the next retransmit; doubled with each. */
  readonly rtoMs: number;
  readonly maxRtoMs: number;
  /** 0: not measured yet. */
  readonly rttMs: number;
  /** Retransmits of the oldest unacknowledged data. */
  readonly retransmits: number;
  /** Probes of keepalive, or of a closed window, without an answer. */
  readonly unansweredProbes: number;
  readonly unackedBytes: number;
  /** 0: the peer takes nothing more for now. */
  readonly sendWindow: number;
  /** Since the peer acknowledged something, and since it sent data. */
  readonly sinceAckMs: number;
  readonly sinceDataMs: number;
}

export interface TimersParams {
  /** 1 to limits.targets, TCP. */
  readonly targets: readonly Target[];
}

/**
 * Reads the timers of TCP connections, in the order of the targets; null: it is closed, is another one by now, or no process holds
 * it. Access `see`. Errors: needsAgent, kernelRefused.
 */
export const readTimers = new RequestType<
  TimersParams,
  { readonly timers: readonly (TcpTimers | null)[] },
  void
>('sockets/timers');
