/** A run of a drill: built from its events while it runs, then from its result or a file. Pure. */

import {
  type Attempt,
  type DrillEvent,
  type DrillParams,
  type DrillResult,
  type DrillSummary,
  emptyRound,
  quantile,
  type Round,
  type Verdict,
} from '../../../agent/protocol';

/** `broken`: the agent ended before the drill did. */
type RunState = 'running' | 'done' | 'cancelled' | 'broken' | 'saved';

/** A round; while it goes on, it has no verdict. */
export interface RunRound extends Omit<Round, 'verdict'> {
  readonly verdict: Verdict | null;
}

export interface Run {
  /** Unique in this window. */
  readonly id: number;
  /** The filter. */
  readonly target: string;
  /** Name of the file that it was read from; null: run in this window. */
  readonly file: string | null;
  readonly state: RunState;
  /** Number of rounds in the parameters. */
  readonly planned: number;
  readonly hold: DrillParams['hold'];
  readonly rounds: readonly RunRound[];
  readonly summary: DrillSummary;
}

export function fromResult(id: number, result: DrillResult, state: RunState, file: string | null): Run {
  const { target, hold, rounds, summary } = result;
  return { id, target, file, state, planned: rounds.length, hold, rounds, summary };
}

/** As `sockscope drill --json` prints it; without a round that has not ended. */
export function toResult({ target, hold, rounds, summary, state }: Run): DrillResult {
  const cancelled = state !== 'done' && state !== 'saved';
  return { target, hold, rounds: rounds.filter(hasEnded), summary, cancelled };
}

function hasEnded(round: RunRound): round is Round {
  return round.verdict !== null;
}

/** A run while it runs. */
export class LiveRun {
  readonly #params: DrillParams;
  readonly #rounds = new Map<number, RunRound>();
  /** Attempts of running rounds, by a key of their own: an attempt is reported when it starts and when it ends. */
  readonly #attempts = new Map<number, Map<string, Attempt>>();
  #ended: Run | null = null;

  constructor(
    readonly id: number,
    params: DrillParams,
  ) {
    this.#params = params;
  }

  get run(): Run {
    return this.#ended ?? this.#soFar('running');
  }

  /** Returns the number of the changed round. */
  take(event: DrillEvent): number {
    switch (event.kind) {
      case 'destroyed':
        this.#rounds.set(event.round, begun(event.round, event.at, event.count));
        return event.round;
      case 'held':
        return event.round; // as the parameters say
      case 'attempt':
        this.#tried(event.round, event.attempt);
        return event.round;
      case 'round':
        this.#rounds.set(event.round.round, event.round);
        this.#attempts.delete(event.round.round);
        return event.round.round;
    }
  }

  finish(result: DrillResult): void {
    this.#ended = fromResult(this.id, result, result.cancelled ? 'cancelled' : 'done', null);
  }

  /** There will be no result. */
  break(): void {
    this.#ended = this.#soFar('broken');
  }

  #tried(number: number, attempt: Attempt): void {
    const round = this.#rounds.get(number) ?? begun(number, new Date().toISOString(), 0);
    const attempts = this.#attempts.get(number) ?? new Map<string, Attempt>();
    const { pid, atMs, remote } = attempt;
    attempts.set(`${pid} ${atMs} ${remote.address} ${remote.port}`, attempt);
    this.#attempts.set(number, attempts);
    this.#rounds.set(number, round);
  }

  #soFar(state: RunState): Run {
    const { filter, times, hold } = this.#params;
    const rounds = [...this.#rounds.values()].map((round) => {
      const attempts = this.#attempts.get(round.round);
      return attempts ? withAttempts(round, [...attempts.values()]) : round;
    });
    return {
      id: this.id,
      target: filter,
      file: null,
      state,
      planned: times,
      hold,
      rounds,
      summary: summaryOf(rounds),
    };
  }
}

/** A round after its destroy, before any other event. */
function begun(round: number, startedAt: string, destroyed: number): RunRound {
  return { ...emptyRound(round, startedAt), destroyed, cut: destroyed, verdict: null };
}

function withAttempts(round: RunRound, attempts: readonly Attempt[]): RunRound {
  const gapsMs = attempts.slice(1).map(({ atMs }, before) => atMs - (attempts[before]?.atMs ?? 0));
  return {
    ...round,
    firstAttemptMs: attempts[0]?.atMs ?? null,
    attemptCount: attempts.length,
    attempts,
    gapsMs,
  };
}

/** Without the backoff, which the agent computes at the end. */
function summaryOf(all: readonly RunRound[]): DrillSummary {
  const rounds = all.filter(hasEnded);
  const times = rounds.flatMap(({ allRecoveredMs }) => allRecoveredMs ?? []);
  const at = (part: number) => (times.length === 0 ? null : quantile(times, part));
  return {
    rounds: rounds.length,
    recovered: rounds.filter(({ allRecoveredMs, exit }) => allRecoveredMs !== null && !exit).length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    backoff: 'unclear',
    backoffDetail: { kind: 'unclear', jitter: false, capMs: null, confidence: 0 },
  };
}
