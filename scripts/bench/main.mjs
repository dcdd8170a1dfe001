/** The program that scripts/bench.mjs bundles and starts as root: runs the named benchmarks one after the other. */

import { writeFileSync } from 'node:fs';
import { churn } from './churn.mjs';
import { cpu } from './cpu.mjs';
import { drill } from './drill.mjs';
import { drillAccuracy, drillVerdicts } from './drill-accuracy.mjs';
import { free } from './free.mjs';
import { host } from './host/host.mjs';
import { instructions } from './instructions.mjs';
import { lab } from './lab.mjs';
import { latency } from './latency.mjs';
import { machine } from './machine.mjs';
import { overhead } from './overhead.mjs';
import { rates } from './rates.mjs';
import { collected } from './report.mjs';
import { speed } from './speed/speed.mjs';
import { stopped } from './stopped.mjs';
import { survival } from './survival.mjs';
import { tree } from './tree.mjs';
import { watching } from './watching.mjs';

const benchmarks = {
  speed,
  latency,
  churn,
  cpu,
  overhead,
  lab,
  survival,
  stopped,
  tree,
  free,
  drill,
  'drill-accuracy': drillAccuracy,
  'drill-verdicts': drillVerdicts,
  host,
  watching,
  instructions,
  rates,
};

/** `resultFile`: for the JSON of everything that was reported. */
async function main({ names, options, resultFile }) {
  console.log(machine());
  for (const name of names) await benchmarks[name](options);
  writeFileSync(resultFile, `${JSON.stringify({ ...collected(), machine: machine() })}\n`);
}

void main(JSON.parse(process.argv[2]));
