/** The run time of BPF programs, by kernel.bpf_stats_enabled. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { heldBpf } from '../../test/helpers/bpf-objects';

const statistics = '/proc/sys/kernel/bpf_stats_enabled';

/** Runs and nanoseconds of each program that a process holds, by name, since they were loaded. */
export function programTimes(pid) {
  const held = new Set(heldBpf(pid).prog);
  const all = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' }));
  return all
    .filter(({ id }) => held.has(id))
    .map(({ id, name, run_cnt: runs = 0, run_time_ns: time = 0 }) => ({ id, name, runs, time }));
}

export async function withStatistics(work) {
  const before = readFileSync(statistics, 'utf8');
  writeFileSync(statistics, '1');
  try {
    return await work();
  } finally {
    writeFileSync(statistics, before);
  }
}
