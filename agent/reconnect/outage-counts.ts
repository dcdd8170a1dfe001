/** What the rules of one outage have done, taken together. */

import type { OutageCount, PacketCount } from '../broker-link/outage-records';

export function totalOf(counts: readonly OutageCount[]): OutageCount {
  const sum = (of: 'connects' | 'sockets') => counts.reduce((total, count) => total + count[of], 0);
  return {
    connects: sum('connects'),
    sockets: sum('sockets'),
    in: packetsOf(counts.map((count) => count.in)),
    out: packetsOf(counts.map((count) => count.out)),
  };
}

export function packetsOf(counts: readonly PacketCount[]): PacketCount {
  const sum = (of: keyof PacketCount) => counts.reduce((total, count) => total + count[of], 0);
  return { seen: sum('seen'), dropped: sum('dropped'), bytes: sum('bytes') };
}
