/** Compares the report of a drill with the log of the client that was drilled. */

import type { Attempt, Round } from '../../agent/protocol';
import type { LogEntry } from './reconnecting';

/** One round in the log of the client; milliseconds count from the lost connection, which it logs as soon as it is scheduled. */
export interface ClientRound {
  readonly connects: readonly {
    readonly atMs: number;
    readonly endMs: number;
    readonly result: LogEntry['what'];
  }[];
}

export interface Comparison {
  /** Connects that the drill does not report. */
  readonly missed: number;
  /** Attempts that the client did not make. */
  readonly invented: number;
  /** Attempts with another result than in the log. */
  readonly different: number;
  readonly compared: number;
  /** Milliseconds between the reported and the logged times. */
  readonly startErrors: readonly number[];
  readonly recoveryErrors: readonly number[];
}

/** Splits the log at each lost connection. */
export function clientRounds(log: readonly LogEntry[]): ClientRound[] {
  const losses = log.flatMap(({ what, at }, index) => (what === 'lost' ? [{ at, index }] : []));
  return losses.map(({ at, index }, number) => {
    const after = log.slice(index + 1, losses[number + 1]?.index);
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

export function compareRounds(rounds: readonly Round[], logged: readonly ClientRound[]): Comparison {
  const pairs = rounds.map((round, index) => compareRound(round, logged[index] ?? { connects: [] }));
  const sum = (of: 'missed' | 'invented' | 'different' | 'compared') =>
    pairs.reduce((total, pair) => total + pair[of], 0);
  return {
    missed: sum('missed') + missedRounds(rounds, logged),
    invented: sum('invented'),
    different: sum('different'),
    compared: sum('compared'),
    startErrors: pairs.flatMap(({ startErrors }) => startErrors),
    recoveryErrors: pairs.flatMap(({ recoveryErrors }) => recoveryErrors),
  };
}

function missedRounds(rounds: readonly Round[], logged: readonly ClientRound[]): number {
  return logged.slice(rounds.length).reduce((total, { connects }) => total + connects.length, 0);
}

function compareRound(round: Round, { connects: made }: ClientRound): Comparison {
  const { attempts: reported } = round;
  const both = reported.slice(0, made.length);
  const recovered = made.find(({ result }) => result === 'connected');
  return {
    missed: Math.max(0, made.length - reported.length),
    invented: Math.max(0, reported.length - made.length),
    different: both.filter((attempt, index) => isConnected(attempt) !== (made[index]?.result === 'connected'))
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
