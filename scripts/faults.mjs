/**
 * Kills, stops and starves agents, brokers, walkers and clients, and checks that nothing they said was wrong and nothing is left.
 *   node scripts/faults.mjs [--kills N] [--seed N]
 * --kills: of each sort, 200 by default. --seed: of an earlier run, which kills at the same moments.
 */

import { parseArgs } from 'node:util';
import { Failure, main } from './lib/run.mjs';
import { setup } from './setup.mjs';

function numberOf(text, name) {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Failure(`--${name} "${text}" is not a number.`, 2);
}

function parse(words) {
  const options = { kills: { type: 'string', default: '200' }, seed: { type: 'string' } };
  try {
    const { kills, seed } = parseArgs({ args: words, options }).values;
    return { kills: numberOf(kills, 'kills'), seed: seed === undefined ? undefined : numberOf(seed, 'seed') };
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(error.message, 2);
  }
}

await main(import.meta.url, async (words) => {
  const request = parse(words);
  await setup();
  const { runFaults } = await import('./suites/faults.mjs');
  const { failed, failures } = await runFaults(request);
  for (const { name, message } of failures) console.error(`Failed: ${name}: ${message}`);
  return failed > 0 ? 1 : 0;
});
