/** Destroying sockets: the plan, the act and the outcome. */

import { RequestType } from 'vscode-jsonrpc';
import type { Engine, EngineChoice, Moment } from './choices';
import type { Socket, Target } from './sockets';

/**
 * Outcome of one target, verified after the act.
 * - `destroyed`: the kernel aborted it.
 * - `reset`: a bound UDP socket got its error and stays bound.
 * - `gone`: it was closed before anything was done.
 * - `changed`: the socket now has another tuple, and nothing was done.
 * - `protected`: lifeline, kernel-owned, or a listener without includeListeners.
 * - `denied`: not in the scope of this client.
 * - `unsupported`: no engine here can destroy such a socket.
 * - `failed`: tried, and it is still there.
 */
export const outcomes = [
  'destroyed',
  'reset',
  'gone',
  'changed',
  'protected',
  'denied',
  'unsupported',
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

export interface DestroyOptions {
  readonly engine?: EngineChoice;
  /** Without it, listening sockets come back as `protected`. */
  readonly includeListeners?: boolean;
  /** Command line only, and only with exactly one target. */
  readonly includeLifeline?: boolean;
  /**
   * Only listening TCP sockets: SO_REUSEADDR is set on each before it is destroyed, in the same walk of the bpf engine, so that
   * a new server with SO_REUSEADDR can bind the port at once. Goes with includeListeners.
   */
  readonly takeOver?: boolean;
}

export interface DestroyParams extends DestroyOptions {
  /** 1 to limits.targets. */
  readonly targets: readonly Target[];
}

export interface DestroyedSocket extends Target {
  readonly outcome: Outcome;
  /** Null: nothing was tried. */
  readonly engine: Engine | null;
  /** Errno name of the error, such as `ETIMEDOUT`; null: none. */
  readonly errno: string | null;
  /** One sentence for people: what happened, and what to do next. */
  readonly message: string;
}

/** What a target has become, without the target: many of a request have the same one. */
export interface Ending extends Pick<DestroyedSocket, 'outcome' | 'engine' | 'errno'> {
  /** DestroyedSocket.message; two parts: the target's tuple stands between them. */
  readonly message: string | readonly [before: string, after: string];
}

/** The results on the wire. */
export interface PackedResults {
  readonly endings: readonly Ending[];
  /** Of each target, in the order of the request: an index of `endings`. */
  readonly of: readonly number[];
}

/** Predicted outcome for one target. */
export interface PlannedSocket extends Target {
  /** `destroy` and `reset` would be tried; the others would come back as the outcome of that name. */
  readonly act: 'destroy' | 'reset' | Exclude<Outcome, 'destroyed' | 'reset' | 'failed'>;
  /** The target is a listening socket: destroying it leaves most servers alive but deaf, often spinning. */
  readonly listener: boolean;
  /** One sentence: which process sees which error, or why nothing would be done. */
  readonly message: string;
}

export interface PlanResult {
  /** One for each target, in the order of the request. */
  readonly plan: readonly PlannedSocket[];
}

/** Predicts what `sockets/destroy` with the same parameters would do; access `see`. The observer answers it too. */
export const planDestroy = new RequestType<DestroyParams, PlanResult, void>('sockets/plan');

/** Destroys the targets and verifies the outcome of each; access `act`. Errors: readOnly, needsAgent, brokerLost. */
export const destroySockets = new RequestType<DestroyParams, PackedResults, void>('sockets/destroy');

export interface DestroyNextParams {
  /** As for listing, but not empty and without bare free text. */
  readonly filter: string;
  readonly at: Moment;
  /** Milliseconds; 1 to limits.waitMs. */
  readonly waitMs: number;
  readonly engine?: EngineChoice;
}

export interface DestroyNextResult {
  /** Null: nothing matched in the given time. */
  readonly result: DestroyedSocket | null;
  /** The connection just before its destroy; null with `result`. */
  readonly socket: Socket | null;
  /** Events that were lost meanwhile, because more came than could be recorded: a connection may have been missed. */
  readonly dropped: number;
}

/**
 * Waits for the next connection that matches, and destroys it; access `act`. The connect hooks are attached only
 * while a request waits. Cancel with $/cancelRequest. Errors: invalidFilter, readOnly, needsAgent, kernelRefused,
 * brokerLost.
 */
export const destroyNext = new RequestType<DestroyNextParams, DestroyNextResult, void>('sockets/destroyNext');
