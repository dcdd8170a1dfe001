/** What a capture says of itself at its end. */

import { count } from '../../common/process-text';
import { t } from '../../common/translate';
import { durationText } from '../../protocol';
import type { CaptureSummary } from './run-capture';

/** `120 packets (60 in, 60 out), 34.2 kB`, and what is not in the file. */
export function summaryText(summary: CaptureSummary, snap: number): string {
  const { packets, in: received, out: sent, cut, lost, bytes, endedBy } = summary;
  const parts = [
    t('{0} packets ({1} in, {2} out), {3}', ...[packets, received, sent].map(String), sizeText(bytes)),
    ...(cut > 0 ? [t('{0} of them cut to {1} bytes', String(cut), String(snap))] : []),
    ...(lost > 0 ? [t('{0} more came faster than they were read, and are lost', String(lost))] : []),
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

/** `512 bytes`, `34.2 kB`, `1.5 GB`: decimal, as of files. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toFixed(1))} ${units[power - 1]}`;
}
