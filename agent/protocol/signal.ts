/** Ends exactly one process. */

import { RequestType } from 'vscode-jsonrpc';
import type { Signal } from './choices';
import type { ProcessId } from './inspect';

/**
 * Outcome for the process, verified after the signal.
 * - `exited`: it got the signal and has ended.
 * - `running`: it got the signal, and still runs after `graceMs`.
 * - `gone`: it had ended before.
 * - `protected`: it carries an editor, remote-login or agent session.
 * - `denied`: it belongs to another user.
 * - `failed`: the kernel refused.
 */
type SignalOutcome = 'exited' | 'running' | 'gone' | 'protected' | 'denied' | 'failed';

export interface SignalParams extends ProcessId {
  readonly signal: Signal;
  /** Milliseconds that it has to end; 0 to limits.graceMs. */
  readonly graceMs: number;
}

export interface SignalResult {
  readonly outcome: SignalOutcome;
  /** Of `running`: the process ignores this signal, so that waiting longer is useless. */
  readonly ignored?: boolean;
  /** One sentence for people. */
  readonly message: string;
}

/** Prediction for one process. */
export interface PlannedSignal {
  /** `signal` would be sent; the others would come back as the outcome of that name. */
  readonly act: 'signal' | Extract<SignalOutcome, 'gone' | 'protected' | 'denied'>;
  /** One sentence: why nothing would be sent; empty with `signal`. */
  readonly message: string;
}

/** Predicts what `processes/signal` would do; access `see`. The observer answers it too. Errors: brokerLost. */
export const planSignal = new RequestType<ProcessId, PlannedSignal, void>('processes/plan');

/**
 * Signals one process, named by pid and start time, through a pidfd, and waits for its end; access `act`. The observer does
 * it for its own user's processes. Errors: readOnly, brokerLost.
 */
export const signalProcess = new RequestType<SignalParams, SignalResult, void>('processes/signal');
