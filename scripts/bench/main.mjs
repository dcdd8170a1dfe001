/** The program that scripts/bench.mjs bundles and starts as root: runs the named benchmarks one after the other. */

import { cpus, release } from 'node:os';
import { churn } from './churn.mjs';
import { cpu } from './cpu.mjs';
import { drill } from './drill.mjs';
import { drillAccuracy } from './drill-accuracy.mjs';
import { free } from './free.mjs';
import { lab } from './lab.mjs';
import { latency } from './latency.mjs';
import { overhead } from './overhead.mjs';
import { survival } from './survival.mjs';
import { tree } from './tree.mjs';

const benchmarks = {
  latency,
  churn,
  cpu,
  overhead,
  lab,
  survival,
  tree,
  free,
  drill,
  'drill-accuracy': drillAccuracy,
};

async function main(names) {
  console.log(`Linux ${release()}, Node ${process.version}, ${cpus().length} cores`);
  for (const name of names) await benchmarks[name]();
}

void main(process.argv.slice(2));
