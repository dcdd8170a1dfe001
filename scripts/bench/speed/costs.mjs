/** What agent and broker cost while nobody asks for anything. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from '../processes.mjs';
import { openView } from '../stage.mjs';

/**
 * Milliseconds until a newly started agent, or a new subscriber, has nothing more to do: V8 collects once more some 8 s after
 * the last allocations.
 */
const settleMs = 12_000;

/** Megabytes of memory; what processes share is divided between them. */
export function memory({ pids }) {
  const kilobytes = pids.map((pid) =>
    Number(/^Pss:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]),
  );
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Percent of a core over so many seconds. */
async function cpu({ pids }, seconds) {
  await sleep(settleMs);
  const [before, started] = [pids.map(cpuMs), performance.now()];
  await sleep(seconds * 1000);
  const used = pids.reduce((sum, pid, index) => sum + cpuMs(pid) - before[index], 0);
  return (100 * used) / (performance.now() - started);
}

/** Values by name. */
export async function measureCosts(session, seconds) {
  const idle = await cpu(session, seconds);
  const megabytes = memory(session);
  const client = await session.agent.client();
  await openView(client);
  const watching = await cpu(session, seconds);
  client.close();
  return { 'memory, idle': megabytes, 'CPU, no subscriber': idle, 'CPU, one subscriber': watching };
}
