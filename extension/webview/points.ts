/** Positions of the marks of the shown runs, in time and from top to bottom. Pure. */

import type { Mark, RoundView, RunView } from '../reconnect/timeline/timeline-view';
import type { Range } from './zoom';

/** Identifies a mark: the index of its run among those shown, its round, and its index there. */
export interface MarkId {
  readonly run: number;
  readonly round: number;
  readonly index: number;
}

export interface Point extends MarkId {
  readonly mark: Mark;
  /** Milliseconds on the axis. */
  readonly at: number;
  readonly y: number;
}

/** A round's part of a lane, in CSS pixels. */
export interface Row {
  readonly run: number;
  readonly round: RoundView;
  readonly top: number;
  readonly height: number;
}

export interface Plan {
  readonly points: readonly Point[];
  readonly rows: readonly Row[];
  /** Top of the lane of each run. */
  readonly tops: readonly number[];
  readonly height: number;
}

const titleHeight = 22;
const laneHeight = 84;
const laneGap = 8;
/** Height of an aligned round; less with many rounds, so that a lane never gets higher than `maxLaneHeight`. */
const rowHeight = 30;
const maxLaneHeight = 4000;

/** `aligned`: each round in a row of its own, from its destroy on; else all in one, from the run's start on. */
export function plan(runs: readonly RunView[], aligned: boolean): Plan {
  const points: Point[] = [];
  const rows: Row[] = [];
  const tops: number[] = [];
  let y = 0;
  for (const [run, { rounds }] of runs.entries()) {
    tops.push(y);
    y += titleHeight;
    const each = aligned ? Math.min(rowHeight, maxLaneHeight / Math.max(1, rounds.length)) : 0;
    for (const [place, round] of rounds.entries()) {
      const row = { run, round, top: y + place * each, height: aligned ? each : laneHeight };
      rows.push(row);
      for (const [index, mark] of round.marks.entries()) {
        const at = mark.atMs + (aligned ? 0 : round.startMs);
        points.push({
          run,
          round: round.round,
          index,
          mark,
          at,
          y: row.top + row.height * level(mark, aligned),
        });
      }
    }
    y += (aligned ? Math.max(rowHeight, each * rounds.length) : laneHeight) + laneGap;
  }
  return { points, rows, tops, height: y };
}

/** Height in a lane or row, 0 to 1 from the top: destroys, attempts, results; aligned rows are centred on the destroy. */
function level({ kind }: Mark, aligned: boolean): number {
  switch (kind) {
    case 'destroyed':
    case 'missed':
      return aligned ? 0.5 : 0.14;
    case 'recovered':
    case 'exit':
      return aligned ? 0.2 : 0.66;
    case 'bytes':
    case 'restarted':
      return aligned ? 0.8 : 0.9;
    default:
      return aligned ? 0.5 : 0.4;
  }
}

/** The range of all rounds, with a margin at both ends. `now`: milliseconds since the start of a running drill. */
export function wholeRange(runs: readonly RunView[], aligned: boolean, now: number): Range {
  const ends = runs.flatMap(({ rounds }) =>
    rounds.map(({ startMs, lengthMs }) => lengthMs + (aligned ? 0 : startMs)),
  );
  const end = Math.max(10, aligned ? 0 : now, ...ends);
  return { from: -0.02 * end, to: 1.03 * end };
}

export function isSame(one: MarkId | null, other: MarkId | null): boolean {
  return one?.run === other?.run && one?.round === other?.round && one?.index === other?.index;
}
