/** What the rules of one outage have done, taken together. */

import type { OutageCount, PacketCount } from '../broker-link/outage-records';

export function totalOf(counts: readonly OutageCount[]): OutageCount {
  return {
    connects: counts.reduce((total, { connects }) => total + connects, 0),
    in: packetsOf(counts.map((count) => count.in)),
    out: packetsOf(counts.map((count) => count.out)),
  };
}

export function packetsOf(counts: readonly PacketCount[]): PacketCount {
  const sum = (of: keyof PacketCount) => counts.reduce((total, count) => total + count[of], 0);
  return { seen: sum('seen'), dropped: sum('dropped') };
}
