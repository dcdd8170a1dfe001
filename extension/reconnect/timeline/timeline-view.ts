/** What the page of the timeline shows, and what the two sides tell each other: plain data, texts made for people already. */

import type { AttemptResult } from '../../../agent/protocol';

/** How a mark is drawn: attempts by their result. */
export type MarkKind = AttemptResult | 'destroyed' | 'missed' | 'recovered' | 'bytes' | 'exit' | 'restarted';

/** In the order of the legend. */
export const markKinds: readonly MarkKind[] = [
  'destroyed',
  'connected',
  'refused',
  'unreachable',
  'denied',
  'timed-out',
  'reset',
  'abandoned',
  'failed',
  'pending',
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

/** A remote held down, from the destroy of the round on. */
export interface Bar {
  readonly ms: number;
  readonly label: string;
}

export interface RoundView {
  readonly round: number;
  /** Milliseconds from the first destroy of the run to the one of this round. */
  readonly startMs: number;
  /** Milliseconds from its destroy to the last that is known of it. */
  readonly lengthMs: number;
  readonly bar: Bar | null;
  readonly marks: readonly Mark[];
  /** Said below its events where some were left out; empty: none were. */
  readonly more: string;
  /** Its row in the table of rounds. */
  readonly cells: readonly string[];
  readonly gapsMs: readonly number[];
  readonly firstAttemptMs: number | null;
  /** When all was back; null: not all was. */
  readonly recoveredMs: number | null;
}

/** What changes of a run with each of its rounds. */
export interface RunHead {
  readonly id: number;
  readonly title: string;
  readonly state: string;
  /** Milliseconds since its first destroy; null: it does not run. */
  readonly elapsedMs: number | null;
  /** Values for the summary, in the order of its labels. */
  readonly summary: readonly string[];
}

export interface RunView extends RunHead {
  readonly rounds: readonly RoundView[];
}

export type ToPage =
  /** All there are, the newest last; `show`: which one to look at now, if not the one that is. */
  | { readonly kind: 'runs'; readonly runs: readonly RunView[]; readonly show: number | null }
  /** A round that is new or another now, or only the run's head where it is null. */
  | { readonly kind: 'round'; readonly head: RunHead; readonly round: RoundView | null };

export type FromPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'open' }
  | { readonly kind: 'stop'; readonly run: number }
  | { readonly kind: 'export'; readonly run: number; readonly format: 'json' | 'csv' }
  /** `png`: base64. */
  | { readonly kind: 'image'; readonly run: number; readonly png: string };
