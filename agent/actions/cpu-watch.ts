/** Measures CPU use after a listener is destroyed: its process often spins on it forever. */

import { setTimeout as sleep } from 'node:timers/promises';
import { ownersText } from '../common/wording';
import type { SeenSocket } from '../inventory/inventory';
import type { Owner } from '../protocol';
import { type ProcessStat, processStat, ticksPerSecond } from '../system/process-stat';

const watchMs = 3000;

interface CpuWatch {
  /** One clause on the CPU use of the owners of these listeners, after 3 s; null where there are none. */
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
      return owners.map((owner) => cpuText(owner, before.get(owner.pid), processStat(owner))).join('; ');
    },
  };
}

/** One owner for each process. */
function ownersOf(listeners: readonly SeenSocket[]): Owner[] {
  const owners = listeners.flatMap(({ socket }) => socket.owners);
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
}

function cpuText(owner: Owner, before: ProcessStat | undefined, after: ProcessStat): string {
  const name = ownersText([owner]);
  if (after.life === 'ended') return `${name} has ended`;
  if (before?.life !== 'running' || after.life !== 'running') return `the CPU time of ${name} cannot be read`;
  const percent = Math.round(
    (100 * (after.cpuTicks - before.cpuTicks)) / ((watchMs / 1000) * ticksPerSecond),
  );
  const advice = percent > 50 ? ': it spins on the dead listener, end or restart it' : '';
  return `${name} used ${percent} % of a CPU in the ${watchMs / 1000} s after${advice}`;
}
