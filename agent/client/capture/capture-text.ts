/** What a capture says of itself at its end. */

import { bytesText } from '../../common/bytes-text';
import { t } from '../../common/translate';
import { durationText } from '../../protocol';
import type { CaptureSummary } from './run-capture';

/** `120 packets (60 in, 60 out), 34.2 KB`, and what is not in the file. */
export function summaryText(summary: CaptureSummary, snap: number): string {
  const { packets, in: received, out: sent, cut, lost, bytes, endedBy } = summary;
  const parts = [
    packets === 1
      ? t('1 packet ({0} in, {1} out), {2}', String(received), String(sent), bytesText(bytes))
      : t('{0} packets ({1} in, {2} out), {3}', ...[packets, received, sent].map(String), bytesText(bytes)),
    ...(cut > 0 ? [t('cut to {0}: {1}', bytesText(snap), String(cut))] : []),
    ...(lost > 0 ? [t('lost, as they came faster than they were read: {0}', String(lost))] : []),
    ...(endedBy === 'packets' ? [t('ended at its limit of packets')] : []),
    ...(endedBy === 'size' ? [t('ended at its limit of bytes')] : []),
  ];
  return parts.join('; ');
}

/** Where no packet was seen, for its reason. */
export function nothingText({ connections, opened, endedBy }: CaptureSummary, ms: number): string {
  const time = durationText(ms);
  if (endedBy === 'size') return t('The limit of bytes is less than the first packet takes: raise it');
  if (connections + opened === 0)
    return t('Nothing connected in {0}: let the program connect meanwhile, or capture longer', time);
  return t(
    'No packet came or went in {0}: let the program send something meanwhile, or capture longer',
    time,
  );
}
