/** What is asked before a drill or an outage. It says which live connections that costs. */

import { count, processesText } from '../common/process-text';
import {
  type DegradeParams,
  type Degrading,
  type DrillParams,
  formatDuration,
  formatEndpoint,
  type OutageParams,
  rateText,
  type Socket,
  visibleText,
} from '../protocol';

type Drilled = Pick<DrillParams, 'filter' | 'times' | 'oneOfPool' | 'hold'>;

/** Remotes that a question names. */
const maxRemotes = 10;

export function drillQuestion({ filter, times, oneOfPool, hold }: Drilled): string {
  const matches = `matches ${visibleText(filter)}`;
  const what = oneOfPool ? `one connection that ${matches}` : `what ${matches}`;
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
  return `Hold down ${visibleText(filter)} for ${formatDuration(forMs)} (${fault})? Its connections ${live}.`;
}

export function degradeQuestion(params: DegradeParams): string {
  const met =
    params.how.kind === 'half-open' ? 'one live connection, and no new one' : 'live connections and new ones';
  return `Degrade ${visibleText(params.filter)} for ${formatDuration(params.forMs)}: ${degradingText(params)}? It meets ${met}, and destroys none.`;
}

/** `5% of packets lost, in and out`, `100 kB/s at most, in`, `all packets swallowed, out`. */
export function degradingText({ how, direction }: Pick<DegradeParams, 'how' | 'direction'>): string {
  const which = direction === 'both' ? 'in and out' : direction;
  return `${effectText(how)}, ${which}`;
}

function effectText(how: Degrading): string {
  if (how.kind === 'loss') return `${how.percent}% of packets lost`;
  return how.kind === 'rate' ? `${rateText(how.bytesPerSecond)} at most` : 'all packets swallowed';
}

/** `Now: 2 connections of node (pid 42), to 127.0.0.1:5432.` Names every process, because users agree to what happens to each. */
export function matchingText(matching: readonly Socket[]): string {
  if (matching.length === 0) return 'Nothing matches now.';
  const remotes = [...new Set(matching.flatMap(({ remote }) => (remote ? [formatEndpoint(remote)] : [])))];
  const more = remotes.length > maxRemotes ? ` and ${remotes.length - maxRemotes} more` : '';
  const owners = processesText(matching.flatMap((socket) => socket.owners));
  return `Now: ${count(matching.length, 'connection')} of ${owners}, to ${remotes.slice(0, maxRemotes).join(', ')}${more}.`;
}
