/** Attempts of a round that follow each other at once: over several servers, or again to the same one. Pure. */

import { groupBy } from '../common/group-by';
import type { Attempt, Round } from '../protocol';

/** In a sweep, each attempt begins within this time after the one before. */
const sweepMs = 50;
/** A shorter gap is none: the program did not wait. */
export const zeroGapMs = 2;

/** Attempts of one process to several servers, each once, one after the other. */
interface Sweep {
  readonly servers: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Of the attempts that are listed. */
export function sweepsOf({ attempts }: Pick<Round, 'attempts'>): Sweep[] {
  const processes = groupBy(attempts, ({ pid }) => pid).values();
  return [...processes].flatMap(sweepsOfProcess).sort((a, b) => a.firstMs - b.firstMs);
}

/** The number of attempts that follow one of the same process to the same server within zeroGapMs. */
export function zeroGapsOf({ attempts }: Pick<Round, 'attempts'>): number {
  const series = groupBy(attempts, (attempt) => `${attempt.pid} ${serverOf(attempt)}`).values();
  return [...series].flatMap((own) =>
    own.filter(({ atMs }, at) => atMs - (own[at - 1]?.atMs ?? Number.NEGATIVE_INFINITY) < zeroGapMs),
  ).length;
}

function sweepsOfProcess(attempts: readonly Attempt[]): Sweep[] {
  const runs: Attempt[][] = [];
  let asked = new Set<string>();
  for (const attempt of attempts) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    const isNext = before && attempt.atMs - before.atMs <= sweepMs && !asked.has(serverOf(attempt));
    if (isNext) run?.push(attempt);
    else {
      runs.push([attempt]);
      asked = new Set();
    }
    asked.add(serverOf(attempt));
  }
  return runs
    .filter((run) => run.length > 1)
    .map((run) => ({ servers: run.length, firstMs: run[0]?.atMs ?? 0, lastMs: run.at(-1)?.atMs ?? 0 }));
}

function serverOf({ remote: { address, port } }: Attempt): string {
  return `${address} ${port}`;
}
