/** A process whose listener was destroyed often spins on it for good: its CPU is watched for some seconds. */

import { setTimeout as sleep } from 'node:timers/promises';
import { ownersText } from '../common/wording';
import type { SeenSocket } from '../inventory/inventory';
import type { Owner } from '../protocol';
import { type ProcessStat, processStat } from '../system/process-stat';

const watchMs = 3000;
const ticksPerSecond = 100;

export interface CpuWatch {
  /** One clause on what the owners of these listeners have used since; null where there are none. */
  result(destroyed: readonly SeenSocket[]): Promise<string | null>;
}

/** Starts measuring the owners of listeners that may be destroyed. */
export function watchCpu(listeners: readonly SeenSocket[]): CpuWatch {
  const before = new Map(ownersOf(listeners).map((owner) => [owner.pid, processStat(owner)]));
  return {
    async result(destroyed) {
      const owners = ownersOf(destroyed);
      if (owners.length === 0) return null;
      await sleep(watchMs);
      return owners.map((owner) => verdict(owner, before.get(owner.pid), processStat(owner))).join('; ');
    },
  };
}

/** One for each process. */
function ownersOf(listeners: readonly SeenSocket[]): Owner[] {
  const owners = listeners.flatMap(({ socket }) => socket.owners);
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
}

function verdict(owner: Owner, before: ProcessStat | undefined, after: ProcessStat): string {
  const name = ownersText([owner]);
  if (after.life === 'ended') return `${name} has ended`;
  if (before?.life !== 'running' || after.life !== 'running') return `the CPU time of ${name} cannot be seen`;
  const percent = Math.round(
    (100 * (after.cpuTicks - before.cpuTicks)) / ((watchMs / 1000) * ticksPerSecond),
  );
  const advice = percent > 50 ? ': it spins on the dead listener, end or restart it' : '';
  return `${name} used ${percent} % of a CPU in the ${watchMs / 1000} s after${advice}`;
}
