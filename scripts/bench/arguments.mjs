/** The arguments of `npm run bench`. */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** In the order in which they run. */
export const names = [
  'speed',
  'latency',
  'churn',
  'cpu',
  'overhead',
  'lab',
  'survival',
  'stopped',
  'tree',
  'free',
  'drill',
  'drill-accuracy',
  'drill-verdicts',
  'host',
  'watching',
  'instructions',
  'rates',
];

/** Without a name: what has targets. The others need a VS Code, or more time. */
const whole = ['speed', 'host', 'watching'];
const quick = ['speed'];

const known = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  plot: { type: 'string' },
  loads: { type: 'string' },
  rounds: { type: 'string', default: '1000' },
};

/** "1000,4000": numbers of sockets. */
function parseLoads(text) {
  const loads = text.split(',').map(Number);
  if (loads.every((load, index) => Number.isInteger(load) && load >= 100 && load > (loads[index - 1] ?? 0)))
    return loads;
  throw new Error(`--loads: "${text}" is not a list of ascending numbers from 100 on, such as 1000,4000`);
}

/** Throws an error with a sentence. */
export function readArguments(words) {
  const { values, positionals } = parseArgs({ args: words, options: known, allowPositionals: true });
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown) throw new Error(`"${unknown}" is none of ${names.join(', ')}.`);
  const loads = values.loads === undefined ? undefined : parseLoads(values.loads);
  return {
    names: positionals.length > 0 ? positionals : values.quick ? quick : whole,
    json: values.json,
    options: {
      quick: values.quick,
      plotFile: values.plot && resolve(values.plot),
      loads,
      rounds: Number(values.rounds),
    },
  };
}
