/** Rows and texts of the history. Pure. */

import type { ReadHistory } from '../../agent/client/history/read-history';
import { bytesText } from '../../agent/common/bytes-text';
import {
  durationText,
  type Endpoint,
  formatEndpoint,
  type PastConnection,
  type PastProcess,
  type PastReason,
} from '../../agent/protocol';
import { numberText, plain, preciseText, recentText, type Translate, withStop } from '../base/text';
import { endReasonText } from '../tree/end-reason';
import type { HistoryRow, PageStatus } from './history-view';

export function historyRow(t: Translate, connection: PastConnection): HistoryRow {
  const { id, netns, direction, event, local, remote, connectMs, durationMs } = connection;
  const at = Date.parse(connection.at);
  return {
    id,
    pair: `${netns} ${[local, remote].map(formatEndpoint).sort().join(' ')}`,
    isIncoming: direction === 'in',
    kind: event,
    at,
    from: at - ((event === 'ended' ? durationMs : connectMs) ?? 0),
    openedAt: openedAt(connection, at),
    time: preciseText(new Date(at)),
    event: eventText(t, event),
    process: processText(connection.process),
    peer: processText(connection.peer),
    ends: endsText(local, remote, direction),
    numbers: numbersText(t, connection),
    reason: reasonText(t, connection),
  };
}

function openedAt({ event, durationMs }: PastConnection, at: number): number | null {
  if (event === 'ended') return durationMs === null ? null : at - durationMs;
  return event === 'opened' ? at : null;
}

function eventText(t: Translate, event: PastConnection['event']): string {
  return { opened: () => t('opened'), failed: () => t('failed'), ended: () => t('ended') }[event]();
}

function processText(process: PastProcess | null): string {
  return process ? `${plain(process.name, 60)} (${process.pid})` : '';
}

/** The arrow points to the end that was connected to. */
function endsText(local: Endpoint, remote: Endpoint, direction: PastConnection['direction']): string {
  const arrow = direction === null ? '↔' : { out: '→', in: '←' }[direction];
  return `${local.port === 0 ? '' : `${formatEndpoint(local)} `}${arrow} ${formatEndpoint(remote)}`;
}

function numbersText(t: Translate, connection: PastConnection): string {
  const { event, connectMs, durationMs, sentBytes, receivedBytes } = connection;
  const ms = event === 'ended' ? durationMs : connectMs;
  const took =
    ms === null
      ? ''
      : event === 'ended'
        ? t('open for {0}', durationText(ms))
        : t('after {0}', durationText(ms));
  const bytes =
    sentBytes === null || receivedBytes === null
      ? ''
      : t('{0} sent, {1} received', bytesText(sentBytes), bytesText(receivedBytes));
  return [took, bytes].filter((part) => part !== '').join(' · ');
}

function reasonText(t: Translate, { event, reason, errno }: PastConnection): string {
  if (reason === null) return '';
  const words = event === 'failed' ? failText(t, reason) : endReasonText(t, endReasonOf(reason));
  return errno === null ? words : `${words} (${errno})`;
}

function failText(t: Translate, reason: PastReason): string {
  switch (reason) {
    case 'refused':
      return t('refused');
    case 'unreachable':
      return t('unreachable');
    case 'given-up':
      return t('given up by the program');
    case 'not-sent':
      return t('not sent: no route, no free port, or a rule');
    case 'unknown':
      return t('reason not known');
    default:
      return endReasonText(t, reason);
  }
}

/** A connection that has been open ends for one of these reasons only. */
function endReasonOf(reason: PastReason) {
  switch (reason) {
    case 'refused':
    case 'unreachable':
    case 'given-up':
    case 'not-sent':
      return 'unknown';
    default:
      return reason;
  }
}

/** Since when it is kept, and what is missing. */
export function keptText(
  t: Translate,
  read: Pick<ReadHistory, 'keptSince' | 'completeSince' | 'dropped' | 'lost'>,
): string {
  const clock = (time: string | null) => recentText(new Date(time ?? 0));
  if (read.dropped + read.lost === 0)
    return t('TCP connections since {0}, when keeping began; nothing is missing.', clock(read.keptSince));
  return t(
    'TCP connections, complete since {0}: {1} older ones were dropped, {2} came too fast to be recorded.',
    clock(read.completeSince),
    numberText(read.dropped),
    numberText(read.lost),
  );
}

/** What is known of why no agent keeps it. */
export interface Unkept {
  /** What the agent said when it was asked to. */
  readonly failure: string | null;
  /** Why an agent that runs is not used, or has to be restarted. */
  readonly refusal: string | null;
  readonly skewed: string | null;
}

export function unkeptStatus(t: Translate, { failure, refusal, skewed }: Unkept): PageStatus {
  const reason = failure ?? refusal ?? skewed;
  return {
    text:
      reason === null
        ? t('The agent keeps the history, and none runs: connections are recorded once it does.')
        : t('No history is kept: {0}', withStop(t, reason)),
    offersAgent: failure === null && refusal === null,
    offersAlways: false,
  };
}
