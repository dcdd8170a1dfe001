/** Tuning: after how long living TCP connections give up a peer that does not answer, set from outside. */

import { RequestType } from 'vscode-jsonrpc';
import type { Target } from './sockets';
import type { TcpTimers } from './tcp-timers';

/** SO_KEEPALIVE, with TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT. */
export interface Keepalive {
  readonly idleS: number;
  readonly intervalS: number;
  readonly probes: number;
}

/** The largest that the kernel takes (include/net/tcp.h). */
export const maxKeepalive: Keepalive = { idleS: 32_767, intervalS: 32_767, probes: 127 };

/** What is absent stays as it is; at least one is there. */
export interface Tuning {
  /** Null: off. */
  readonly keepalive?: Keepalive | null;
  /** TCP_USER_TIMEOUT; 0: none. */
  readonly userTimeoutMs?: number;
}

export interface TuneParams {
  /** 1 to limits.targets. */
  readonly targets: readonly Target[];
  /** Null: gives each back what it had before it was first tuned. */
  readonly tuning: Tuning | null;
}

/**
 * Outcome of one target, by its timers after the act.
 * - `tuned`, `restored`: it has these settings, or those from before.
 * - `unknown`: to be restored, but what it had before is not known: it was not tuned, or by an agent that has ended.
 * - `unsupported`: it is no TCP connection that a process holds, or this kernel has no engine for it.
 * - The others as of a destroy.
 */
export const tuneOutcomes = [
  'tuned',
  'restored',
  'gone',
  'changed',
  'protected',
  'denied',
  'unsupported',
  'unknown',
  'failed',
] as const;
export type TuneOutcome = (typeof tuneOutcomes)[number];

export interface TunedSocket extends Target {
  readonly outcome: TuneOutcome;
  /** Errno name of the error; null: none. */
  readonly errno: string | null;
  /** One sentence for people: what happened, and what to do next. */
  readonly message: string;
  /** Its timers, read before and after the act; null: nothing was tried, or they could not be read. */
  readonly before: TcpTimers | null;
  readonly after: TcpTimers | null;
}

/** In the order of the targets; access `act`. Errors: needsAgent, kernelRefused. */
export const tuneSockets = new RequestType<TuneParams, { readonly results: readonly TunedSocket[] }, void>(
  'sockets/tune',
);
