/** Types of a plan with the means to carry it out. */

import type { Owner } from '../../protocol';
import type { StopWay } from './find-supervisor';
import type { FreePlan, PlannedStep } from './free-types';
import type { Verdict } from './free-verdict';

/** A planned step with the means to do it. */
export interface Step extends PlannedStep {
  /** Null: nothing is stopped. */
  readonly stop: StopWay | null;
  /** Owners of its holders that `what` names: no other process may get a signal. */
  readonly named: readonly Owner[];
  /** Whether what it ends may be signalled. */
  readonly verdict: Verdict;
}

export interface Plan extends FreePlan {
  readonly steps: readonly Step[];
  /** Of what is left alone: steps that may not be done, each with a refusal in its verdict. */
  readonly refused: readonly Step[];
}
