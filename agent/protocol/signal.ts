/** Ending exactly one process. */

import { RequestType } from 'vscode-jsonrpc';
import type { ProcessId } from './inspect';

export const signals = ['TERM', 'KILL'] as const;
export type Signal = (typeof signals)[number];

/**
 * What became of the process, seen by looking again.
 * - `exited`: it got the signal and has ended.
 * - `running`: it got the signal, and still runs after the grace.
 * - `gone`: it had ended before.
 * - `protected`: it carries an editor, remote-login or agent session.
 * - `denied`: another user's.
 * - `failed`: the kernel refused.
 */
export const signalOutcomes = ['exited', 'running', 'gone', 'protected', 'denied', 'failed'] as const;
export type SignalOutcome = (typeof signalOutcomes)[number];

export interface SignalParams extends ProcessId {
  readonly signal: Signal;
  /** Milliseconds that it has to end; 0 to limits.graceMs. */
  readonly graceMs: number;
}

export interface SignalResult {
  readonly outcome: SignalOutcome;
  /** Of `running`: it takes no notice of this signal, and so would never end for it, whatever else is done. */
  readonly ignored?: boolean;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * Signals one process, named by pid and start time, through a pidfd, and waits for its end; access `act`. The observer does
 * it for its own user's processes. Errors: readOnly, brokerLost.
 */
export const signalProcess = new RequestType<SignalParams, SignalResult, void>('processes/signal');
