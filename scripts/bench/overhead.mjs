/** What the programs on the kernel's events add to each state change of a socket: nanoseconds, by kernel.bpf_stats_enabled. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { heldBpf } from '../../test/helpers/bpf-objects';
import { report, title } from './report.mjs';
import { onStage, openView } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';

const statistics = '/proc/sys/kernel/bpf_stats_enabled';
const load = { churn: 2000, seconds: 10, life: 0.2 };

/** Runs and nanoseconds by name of the program. */
function programs(pid) {
  const held = new Set(heldBpf(pid).prog);
  const all = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' }));
  return all
    .filter(({ id }) => held.has(id))
    .map(({ id, name, run_cnt: runs = 0, run_time_ns: time = 0 }) => ({ id, name, runs, time }));
}

async function withStatistics(work) {
  const before = readFileSync(statistics, 'utf8');
  writeFileSync(statistics, '1');
  try {
    await work();
  } finally {
    writeFileSync(statistics, before);
  }
}

export function overhead() {
  title(`Programs on the kernel's events, with a view and ${load.churn} connections/s`);
  return onStage(async ({ stage, agent, pids: [, broker] }) => {
    const { port } = await startServer(stage);
    await openView(await agent.client());
    const client = startClient(stage, port);
    await withStatistics(async () => {
      await client.ask(load);
      for (const { name, runs, time } of programs(broker)) {
        if (runs === 0) continue;
        report(`${name}: runs`, runs);
        report(`${name}: each`, `${(time / runs).toFixed(0)} ns`);
      }
    });
  });
}
