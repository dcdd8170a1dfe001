/**
 * Registers properties that must hold for every input, each as a test. The suite runner gives a file its share of the time
 * (SOCKSCOPE_FUZZ_SECONDS) and the seed (SOCKSCOPE_FUZZ_SEED), with which the same inputs come again.
 */

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { it } from 'node:test';
import fc from 'fast-check';

/** Far more than any input takes, and processor time: a loaded machine does not use it up. */
const maxCpuMs = 2000;

const { SOCKSCOPE_FUZZ_SECONDS, SOCKSCOPE_FUZZ_SEED, SOCKSCOPE_FUZZ_COUNTS } = process.env;
/** The share of one file. */
export const seconds = Number(SOCKSCOPE_FUZZ_SECONDS ?? 5);
export const seed = Number(SOCKSCOPE_FUZZ_SEED ?? 1);
/** Gets a line for each test: how many inputs it took, and its name. */
export const countsFile = SOCKSCOPE_FUZZ_COUNTS;

// It runs beside other suites, some of which wait for what happens at once.
setPriority(10);

let registered = 0;

/** The file's properties share its time evenly. `holds` throws where the property does not hold. */
export function fuzz<Input>(name: string, inputs: fc.Arbitrary<Input>, holds: (input: Input) => void): void {
  register(
    name,
    fc.property(inputs, (input) => {
      const end = withinBounds();
      holds(input);
      end();
    }),
  );
}

/** The same, of what takes turns of the event loop. */
export function fuzzAsync<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  holds: (input: Input) => Promise<void>,
): void {
  register(
    name,
    fc.asyncProperty(inputs, async (input) => {
      const end = withinBounds();
      await holds(input);
      end();
    }),
  );
}

function register<Inputs>(name: string, property: fc.IRawProperty<Inputs>): void {
  registered += 1;
  it(name, async (test) => {
    const details = await fc.check(property, {
      seed,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: (1000 * seconds) / registered,
    });
    test.diagnostic(`${details.numRuns} inputs, seed ${seed}`);
    if (countsFile) appendFileSync(countsFile, `${details.numRuns}\t${name}\n`);
    // Interrupted is how it ends where nothing was found.
    if (details.counterexample !== null)
      throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  });
}

/** Begins one input; call what it returns at its end. */
function withinBounds(): () => void {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    assert.ok(ms < maxCpuMs, `${ms} ms of processor time for one input`);
    for (const key in {}) assert.fail(`the prototype of all objects has "${key}"`);
  };
}
