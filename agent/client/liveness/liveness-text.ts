/** What a connection would notice, in words. */

import { t } from '../../common/translate';
import { durationText } from '../../protocol';
import type { Liveness } from './predict';
import type { LiveConnection } from './read-liveness';

/** `idle: never; sending: about 15 min 24 s` */
export function livenessText({ idleMs, sendingMs }: Liveness): string {
  return t('idle: {0}; sending: {1}', noticeText(idleMs), noticeText(sendingMs));
}

/** `never`, `about 15 min 24 s` */
export function noticeText(ms: number | null): string {
  return ms === null ? t('never') : t('about {0}', durationText(wholeSeconds(ms)));
}

/** The kernel's timers are as exact as its ticks; a second is as much as a reader needs. */
function wholeSeconds(ms: number): number {
  return ms < 10_000 ? ms : Math.round(ms / 1000) * 1000;
}

/** What is the case now; empty: nothing waits for the peer. */
export function waitingText({ timers }: Pick<LiveConnection, 'timers'>): string {
  const { unackedBytes, unansweredProbes, sendWindow, retransmits, sinceAckMs } = timers;
  const ago = durationText(sinceAckMs);
  if (retransmits > 0)
    return t(
      '{0} bytes unacknowledged, last answer {1} ago, {2} retransmits',
      String(unackedBytes),
      ago,
      String(retransmits),
    );
  if (unansweredProbes > 0)
    return t('{0} probes unanswered, last answer {1} ago', String(unansweredProbes), ago);
  return sendWindow === 0 ? t('the peer takes nothing more') : '';
}
