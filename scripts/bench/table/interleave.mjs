/** Medians of contenders that take turns, so that what else the machine does meets all of them. */

import { AssertionError } from 'node:assert/strict';
import { note, percentile } from '../report.mjs';

const usualRuns = 7;
/** Of what takes longer than `slowMs`. */
const slowRuns = 3;
const slowMs = 5000;

const isSlow = (samples) => samples[0]?.ms > slowMs;

/** The first run of a fast one warms up, and does not count. */
const counted = (samples) => (isSlow(samples) ? samples : samples.slice(1));

const isDone = (samples) => counted(samples).length >= (isSlow(samples) ? slowRuns : usualRuns);

function medians(samples) {
  const keys = Object.keys(samples[0]);
  return Object.fromEntries(
    keys.map((key) => [
      key,
      percentile(
        samples.map((sample) => sample[key]),
        0.5,
      ),
    ]),
  );
}

/** Null, said in the report, where it failed: the others are measured all the same. What an assertion finds ends the run. */
async function attempt(name, contender) {
  try {
    return await contender();
  } catch (error) {
    if (error instanceof AssertionError) throw error;
    note(`NOT MEASURED: ${name}: ${error.message}`);
    return null;
  }
}

/** Lets each that is not done run once more; one that fails is out. */
async function takeTurns(contenders, all) {
  for (const [name, samples] of all) {
    if (isDone(samples)) continue;
    const sample = await attempt(name, contenders[name]);
    if (sample) samples.push(sample);
    else all.delete(name);
  }
}

/**
 * `contenders`: by name, functions that run once and resolve with { ms, ... }. Resolves with the medians of each, by name, and how
 * many runs they are of.
 */
export async function interleave(contenders) {
  const all = new Map(Object.keys(contenders).map((name) => [name, []]));
  while ([...all.values()].some((samples) => !isDone(samples))) await takeTurns(contenders, all);
  return new Map(
    [...all].map(([name, samples]) => [
      name,
      { ...medians(counted(samples)), runs: counted(samples).length },
    ]),
  );
}

/** A note for what has fewer runs than usual; undefined where all have as many. */
export function fewerRuns(measured) {
  const fewer = [...measured].filter(([, { runs }]) => runs < usualRuns).map(([name]) => name);
  return fewer.length > 0
    ? `medians of ${slowRuns} runs only, as one takes more than ${slowMs / 1000} s: ${fewer.join(', ')}`
    : undefined;
}
