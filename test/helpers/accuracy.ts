/** What a drill tells of a client, beside what that client says of itself. */

import type { Attempt, Round } from '../../agent/protocol';
import type { Said } from './reconnecting';

/** One round as the client lived through it; milliseconds count from its loss, which it notices as soon as it is woken up. */
export interface LivedRound {
  readonly connects: readonly {
    readonly atMs: number;
    readonly endMs: number;
    readonly result: Said['what'];
  }[];
}

export interface Comparison {
  /** Connects that the drill does not tell, and attempts that the client did not make. */
  readonly missed: number;
  readonly invented: number;
  /** Attempts that ended otherwise than the client says. */
  readonly otherwise: number;
  readonly compared: number;
  /** Milliseconds by which starts and recoveries are off. */
  readonly startErrors: readonly number[];
  readonly recoveryErrors: readonly number[];
}

/** What was said after the loss of each connection, until the next. */
export function livedRounds(said: readonly Said[]): LivedRound[] {
  const losses = said.flatMap(({ what, at }, index) => (what === 'lost' ? [{ at, index }] : []));
  return losses.map(({ at, index }, number) => {
    const after = said.slice(index + 1, losses[number + 1]?.index);
    return {
      connects: after.flatMap((one, place) => {
        const end = after[place + 1];
        return one.what === 'connect' && end
          ? [{ atMs: one.at - at, endMs: end.at - at, result: end.what }]
          : [];
      }),
    };
  });
}

/** `untilMs`: later attempts are left alone, because the round may have ended before the client went on. */
export function compareRounds(
  rounds: readonly Round[],
  lived: readonly LivedRound[],
  untilMs = Number.POSITIVE_INFINITY,
): Comparison {
  const pairs = rounds.map((round, index) => compareRound(round, lived[index] ?? { connects: [] }, untilMs));
  const sum = (of: 'missed' | 'invented' | 'otherwise' | 'compared') =>
    pairs.reduce((total, pair) => total + pair[of], 0);
  return {
    missed: sum('missed') + missedRounds(rounds, lived),
    invented: sum('invented'),
    otherwise: sum('otherwise'),
    compared: sum('compared'),
    startErrors: pairs.flatMap(({ startErrors }) => startErrors),
    recoveryErrors: pairs.flatMap(({ recoveryErrors }) => recoveryErrors),
  };
}

function missedRounds(rounds: readonly Round[], lived: readonly LivedRound[]): number {
  return lived.slice(rounds.length).reduce((total, { connects }) => total + connects.length, 0);
}

function compareRound(round: Round, { connects }: LivedRound, untilMs: number): Comparison {
  const told = round.attempts.filter(({ atMs }) => atMs < untilMs);
  const made = connects.filter(({ atMs }) => atMs < untilMs);
  const both = told.slice(0, made.length);
  const recovered = made.find(({ result }) => result === 'connected');
  return {
    missed: Math.max(0, made.length - told.length),
    invented: Math.max(0, told.length - made.length),
    otherwise: both.filter((attempt, index) => isConnected(attempt) !== (made[index]?.result === 'connected'))
      .length,
    compared: both.length,
    startErrors: both.map(({ atMs }, index) => Math.abs(atMs - (made[index]?.atMs ?? Number.NaN))),
    recoveryErrors:
      recovered && round.recoveredMs !== null ? [Math.abs(round.recoveredMs - recovered.endMs)] : [],
  };
}

function isConnected({ result }: Attempt): boolean {
  return result === 'connected';
}
