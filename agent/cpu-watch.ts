/** A process whose listener was destroyed often spins on it for good: its CPU is watched for some seconds. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenSocket } from './inventory';
import type { Owner } from './protocol';
import { ownersText } from './wording';

const watchMs = 3000;
const ticksPerSecond = 100; // USER_HZ, the unit of /proc/PID/stat on every Linux

export interface CpuWatch {
  /** One clause on what was measured; null where nothing was watched. */
  result(): Promise<string | null>;
}

/** Starts measuring the owners of these listeners, if there are any. */
export function watchCpu(listeners: readonly SeenSocket[]): CpuWatch {
  const owners = [
    ...new Map(listeners.flatMap(({ socket }) => socket.owners).map((o) => [o.pid, o])).values(),
  ];
  const before = new Map(owners.map((owner) => [owner, cpuTicks(owner)]));
  return {
    async result() {
      if (owners.length === 0) return null;
      await sleep(watchMs);
      return owners.map((owner) => verdict(owner, before.get(owner) ?? null)).join('; ');
    },
  };
}

function verdict(owner: Owner, before: number | null): string {
  const after = cpuTicks(owner);
  const name = ownersText([owner]);
  if (after === null || before === null) return `${name} has ended`;
  const percent = Math.round((100 * (after - before)) / ((watchMs / 1000) * ticksPerSecond));
  const advice = percent > 50 ? ': it spins on the dead listener, end or restart it' : '';
  return `${name} used ${percent} % of a CPU in the ${watchMs / 1000} s after${advice}`;
}

/** User and system time in clock ticks; null: the process is gone, or the pid is another's by now. */
function cpuTicks({ pid, startTime }: Owner): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on
    return fields[19] === startTime ? Number(fields[11]) + Number(fields[12]) : null;
  } catch {
    return null;
  }
}
