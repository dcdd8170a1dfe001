/** A scenario, once its file is read. */

import type { DegradeParams, DrillParams } from '../../protocol';
import type { Expectation } from '../late-round';

/** In a round: of what can be expected. */
export const maxAttempts = 1_000_000;

export interface Scenario {
  /** Null: it has none. */
  readonly name: string | null;
  /** How often all steps are taken. */
  readonly loops: number;
  readonly steps: readonly Step[];
}

export type Step = WaitStep | FaultStep | DegradeStep;

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

/** All faults that cut are drills: a destroy and an outage have one round. */
export interface FaultStep {
  readonly kind: 'destroy' | 'outage' | 'drill';
  readonly name: string | null;
  readonly params: DrillParams;
  readonly expected: Expected;
}

/** Nothing is cut, so nothing comes back. */
export interface DegradeStep {
  readonly kind: 'degrade';
  readonly name: string | null;
  readonly params: DegradeParams;
  readonly expected: Lasting;
}

/** Of the processes that held the connections before. */
interface Lasting {
  readonly noCrash: boolean;
  readonly noLeak: boolean;
}

export interface Expected extends Lasting {
  /** Of each round; null: nothing. */
  readonly recovery: Expectation | null;
  /** In each round; null: any number. */
  readonly maxAttempts: number | null;
}
