/**
 * Fuzzes framing, JSON, the schemas of requests, the filter language and the records, and prints what was found with its seed.
 *   node scripts/fuzz.mjs [--minutes N] [--seed N]
 * --minutes: in all, 1 by default. --seed: of an earlier run, whose inputs come again.
 */

import { parseArgs } from 'node:util';
import { Failure, main } from './lib/run.mjs';
import { setup } from './setup.mjs';

function numberOf(text, name) {
  const number = Number(text);
  if (text !== '' && number >= 0) return number;
  throw new Failure(`--${name} "${text}" is not a number.`, 2);
}

function parse(words) {
  const options = { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } };
  try {
    const { minutes, seed } = parseArgs({ args: words, options }).values;
    return {
      seconds: 60 * numberOf(minutes, 'minutes'),
      seed: seed === undefined ? undefined : numberOf(seed, 'seed'),
    };
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(error.message, 2);
  }
}

await main(import.meta.url, async (words) => {
  const request = parse(words);
  await setup();
  const { runFuzzers } = await import('./suites/fuzz.mjs');
  const { failed } = await runFuzzers(request);
  return failed > 0 ? 1 : 0;
});
