/** Data of the page of the timeline, and messages between it and the extension. Texts are translated already. */

import { type AttemptResult, attemptResults } from '../../../agent/protocol';

/** Kind of a mark; attempts have one for each result. */
export type MarkKind = AttemptResult | 'destroyed' | 'missed' | 'recovered' | 'bytes' | 'exit' | 'restarted';

/** In the order of the legend. */
export const markKinds: readonly MarkKind[] = [
  'destroyed',
  ...attemptResults,
  'recovered',
  'bytes',
  'exit',
  'restarted',
  'missed',
];

export interface Mark {
  readonly kind: MarkKind;
  /** Milliseconds from the destroy of its round. */
  readonly atMs: number;
  readonly durationMs: number;
  /** One sentence with all numbers, for hover, focus and screen readers. */
  readonly label: string;
  /** Its row in the table of events. */
  readonly cells: readonly string[];
}

/** An outage, from the destroy of the round on. */
export interface Bar {
  readonly ms: number;
  readonly label: string;
}

export interface RoundView {
  readonly round: number;
  /** Milliseconds from the first destroy of the run to the one of this round. */
  readonly startMs: number;
  /** Milliseconds from its destroy to its last event. */
  readonly lengthMs: number;
  readonly bar: Bar | null;
  readonly marks: readonly Mark[];
  /** A sentence below its events where some were left out; empty: none were. */
  readonly more: string;
  /** Its row in the table of rounds. */
  readonly cells: readonly string[];
  readonly gapsMs: readonly number[];
  readonly firstAttemptMs: number | null;
  /** Until all connections were back; null: not all were. */
  readonly recoveredMs: number | null;
}

/** `ms` is a duration, `count` a number of things. */
export interface SummaryNumber {
  readonly value: number;
  readonly unit: 'ms' | 'count';
}

/** The part of a run that changes with each round. */
export interface RunHead {
  readonly id: number;
  readonly title: string;
  readonly state: string;
  /** Milliseconds since its first destroy; null: it does not run. */
  readonly elapsedMs: number | null;
  /** Values for the summary, in the order of its labels. */
  readonly summary: readonly string[];
  /** The same as numbers, where two runs can be compared; null: not a number, or not known. */
  readonly numbers: readonly (SummaryNumber | null)[];
}

export interface RunView extends RunHead {
  readonly rounds: readonly RoundView[];
}

export type ToPage =
  /** All runs, the newest last. `show`: the run to select; null: keep the selection. */
  | { readonly kind: 'runs'; readonly runs: readonly RunView[]; readonly show: number | null }
  /** A new or changed round; null: only the head of the run changed. */
  | { readonly kind: 'round'; readonly head: RunHead; readonly round: RoundView | null };

/** `yml`: a scenario. */
export const exportFormats = ['yml', 'json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export type FromPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'open' }
  | { readonly kind: 'stop'; readonly run: number }
  | { readonly kind: 'export'; readonly run: number; readonly format: ExportFormat }
  /** `png`: base64. */
  | { readonly kind: 'image'; readonly run: number; readonly png: string };
