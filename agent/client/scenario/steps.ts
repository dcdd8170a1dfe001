/** A scenario, once its file is read. */

import type { DrillParams } from '../../protocol';
import type { Expectation } from '../late-round';

export interface Scenario {
  /** Null: it has none. */
  readonly name: string | null;
  /** How often all steps are taken. */
  readonly loops: number;
  readonly steps: readonly Step[];
}

export type Step = WaitStep | FaultStep;

export interface WaitStep extends Awaited {
  readonly kind: 'wait';
  /** Null: it is called by what it does. */
  readonly name: string | null;
}

export interface Awaited {
  readonly filter: string;
  /** Sockets that are to match. */
  readonly count: number;
  readonly timeoutMs: number;
}

/** All faults are drills: a destroy and an outage have one round. */
export interface FaultStep {
  readonly kind: 'destroy' | 'outage' | 'drill';
  readonly name: string | null;
  readonly params: DrillParams;
  readonly expected: Expected;
}

export interface Expected {
  /** Of each round; null: nothing. */
  readonly recovery: Expectation | null;
  /** In each round; null: any number. */
  readonly maxAttempts: number | null;
  readonly noCrash: boolean;
  readonly noLeak: boolean;
}
