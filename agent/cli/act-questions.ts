/** What is asked before a drill or an outage on the command line. It says which live connections that costs. */

import { type DrillParams, formatDuration, type OutageParams } from '../protocol';

type Drilled = Pick<DrillParams, 'filter' | 'times' | 'oneOfPool' | 'hold'>;

export function drillQuestion({ filter, times, oneOfPool, hold }: Drilled): string {
  const what = oneOfPool ? `one connection that matches ${filter}` : `what matches ${filter}`;
  const often = times === 1 ? 'once' : `${times} times`;
  if (!hold) return `Destroy ${what}, ${often}?`;
  const down = `for ${formatDuration(hold.ms)} each time (${hold.fault})`;
  if (hold.fault === 'blackhole') return `Let all packets of ${what} vanish, ${often}, ${down}?`;
  return `Destroy ${what}, ${often}, and hold its remote down ${down}?`;
}

export function outageQuestion({
  filter,
  fault,
  forMs,
}: Pick<OutageParams, 'filter' | 'fault' | 'forMs'>): string {
  const live = fault === 'blackhole' ? 'stall' : 'are destroyed';
  return `Hold down ${filter} for ${formatDuration(forMs)} (${fault})? Its connections ${live}.`;
}
