/** What is broken, and when: by chance, and the same again with the same seed. */

import { randomInt } from 'node:crypto';
import fc from 'fast-check';

const { SOCKSCOPE_FAULTS_KILLS, SOCKSCOPE_FAULTS_SEED } = process.env;

/** How many of each kind there are is up to chance; a short form has a dozen. */
export const kills = Number(SOCKSCOPE_FAULTS_KILLS ?? 12);
export const seed = Number(SOCKSCOPE_FAULTS_SEED ?? randomInt(2 ** 31));

/** So many values of an arbitrary, none more likely than another. */
export function planned<Value>(arbitrary: fc.Arbitrary<Value>, count: number): Value[] {
  return fc.sample(fc.noBias(arbitrary), { seed, numRuns: count });
}
