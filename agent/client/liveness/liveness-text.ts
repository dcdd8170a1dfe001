/** What a connection would notice, in words. */

import { durationText } from '../../protocol';
import type { LiveConnection } from './read-liveness';

/** `never`, `about 15 min 24 s` */
export function noticeText(ms: number | null): string {
  return ms === null ? 'never' : `about ${durationText(wholeSeconds(ms))}`;
}

/** The kernel's timers are as exact as its ticks; a second is as much as a reader needs. */
function wholeSeconds(ms: number): number {
  return ms < 10_000 ? ms : Math.round(ms / 1000) * 1000;
}

/** What is the case now; empty: nothing waits for the peer. */
export function waitingText({ timers }: Pick<LiveConnection, 'timers'>): string {
  const { unackedBytes, unansweredProbes, sendWindow, retransmits, sinceAckMs } = timers;
  const since = `last answer ${durationText(sinceAckMs)} ago`;
  if (retransmits > 0) return `${unackedBytes} bytes unacknowledged, ${since}, ${retransmits} retransmits`;
  if (unansweredProbes > 0) return `${unansweredProbes} probes unanswered, ${since}`;
  return sendWindow === 0 ? 'the peer takes nothing more' : '';
}
