/** Texts of group rows. Pure; escapes all names. */

import { minListedLeak } from '../../agent/client/inspect/alike';
import { type Counts, formatEndpoint, type Group, type Subject } from '../../agent/protocol';
import { numberText, plain, type Translate } from '../base/text';
import { processText, programText, scriptText } from './process-text';
import { containerText, isElsewhere, namespaceText, type RowContext } from './row-context';
import { rateText, shortAddress, shortEndpoint } from './socket-text';
import { countText } from './view-message';
import type { MoreNode } from './view-window';

/** Characters of a name that leave room for the count in a side bar of 300 pixels; the tooltip has all of it. */
const maxLabelLength = 18;

/** Name of a group's row. */
export function groupLabel(t: Translate, subject: Subject, rowContext: RowContext): string {
  switch (subject.kind) {
    case 'process':
      return plain(isLong(subject) ? scriptText(subject) : programText(subject), maxLabelLength);
    case 'port':
      return `:${subject.port}`;
    case 'remote':
      return subject.port === null
        ? t('from {0}', shortAddress(subject.address))
        : shortEndpoint({ address: subject.address, port: subject.port });
    case 'container':
      return plain(containerText(subject), maxLabelLength);
    case 'namespace':
      return namespaceText(t, subject.netns, rowContext);
    case 'state':
      return subject.state;
    case 'unnamed':
      return t('Process not known');
    case 'ownerless':
      return t('No process');
    case 'kernel':
      return t('Kernel');
    case 'listening':
      return t('Listening');
    case 'unconnected':
      return t('Not connected');
  }
}

/** Such a program is named by its script, which tells it from others; the name of the interpreter comes after the counts. */
function isLong(subject: Extract<Subject, { kind: 'process' }>): boolean {
  return programText(subject).length > maxLabelLength && scriptText(subject) !== '';
}

/** The last line of a list that is longer than its window: each time as many again. `Show 200 More (200 of 5,001)`. */
export function moreLabel(t: Translate, { shown, total }: Pick<MoreNode, 'shown' | 'total'>): string {
  const more = Math.min(shown, total - shown);
  return t('Show {0} More ({1} of {2})', numberText(more), numberText(shown), numberText(total));
}

/** Second column of a group's row: what it leaks, how many, how much traffic, which process, where. In a narrow side bar the end is cut. */
export function groupDescription(t: Translate, group: Group, rowContext: RowContext): string {
  const { subject, holder, counts, bytesPerSecond, unclosed } = group;
  const parts: string[] = leaks(group) ? [t('{0} not closed', numberText(unclosed))] : [];
  parts.push(shortCounts(t, counts));
  if (bytesPerSecond > 0) parts.push(rateText(bytesPerSecond));
  if (subject.kind === 'process')
    parts.push(
      isLong(subject) ? processText({ ...subject, command: '' }) : t('pid {0}', String(subject.pid)),
    );
  if (subject.kind === 'container') parts.push(plain(subject.runtime, 40));
  if (holder !== '') parts.push(plain(holder, 100));
  if ((subject.kind === 'port' || subject.kind === 'remote') && isElsewhere(subject.netns, rowContext))
    parts.push(namespaceText(t, subject.netns, rowContext));
  return parts.join(' · ');
}

/** It has so many connections in close-wait that it seems to close none. */
export function leaks({ unclosed }: Pick<Group, 'unclosed'>): boolean {
  return unclosed >= minListedLeak;
}

/** One sentence; null: it does not leak. */
function leakSentence(t: Translate, group: Group): string | null {
  if (!leaks(group)) return null;
  return t(
    '{0} connections are in close-wait: their peers have closed them, and the program has not. Destroying them cures nothing.',
    numberText(group.unclosed),
  );
}

/** `7 sockets, 2 listening`: in a narrow side bar, the number of all of them is still there. */
function shortCounts(t: Translate, counts: Counts): string {
  const { listening, connected, others } = counts;
  if ([listening, connected, others].filter((count) => count > 0).length < 2) return countsText(t, counts);
  const all = countText(t, listening + connected + others);
  return listening > 0 ? `${all}, ${t('{0} listening', numberText(listening))}` : all;
}

/** `2 listening, 5 connections`; sockets that are neither are unconnected. */
function countsText(t: Translate, { listening, connected, others }: Counts): string {
  const parts: string[] = [];
  if (listening > 0) parts.push(t('{0} listening', numberText(listening)));
  if (connected > 0)
    parts.push(connected === 1 ? t('1 connection') : t('{0} connections', numberText(connected)));
  if (others > 0) parts.push(t('{0} unconnected', numberText(others)));
  return parts.length > 0 ? parts.join(', ') : t('all closed');
}

/** A full sentence for screen readers. */
export function groupSentence(t: Translate, group: Group, rowContext: RowContext): string {
  const leak = leakSentence(t, group);
  return [countSentence(t, group, rowContext), ...(leak === null ? [] : [leak])].join(' ');
}

function countSentence(t: Translate, { subject, counts }: Group, rowContext: RowContext): string {
  const all = countsText(t, counts);
  switch (subject.kind) {
    case 'process':
      return t('Process {0}, process id {1}, has {2}.', programText(subject), String(subject.pid), all);
    case 'port':
      return t('Local port {0} has {1}.', String(subject.port), all);
    case 'remote':
      return t('Remote {0} has {1}.', remoteText(t, subject), all);
    case 'container':
      return t('Container {0} has {1}.', containerText(subject), all);
    case 'state':
      return t('State {0}: {1}.', subject.state, all);
    default:
      return t('{0}: {1}.', groupLabel(t, subject, rowContext), all);
  }
}

/** Whole. */
function remoteText(t: Translate, { address, port }: Extract<Subject, { kind: 'remote' }>): string {
  return port === null ? t('from {0}', address) : formatEndpoint({ address, port });
}

export function groupTooltip(t: Translate, group: Group, rowContext: RowContext): string {
  const leak = leakSentence(t, group);
  return [subjectTooltip(t, group, rowContext), ...(leak === null ? [] : [leak])].join('\n');
}

function subjectTooltip(t: Translate, { subject }: Group, rowContext: RowContext): string {
  switch (subject.kind) {
    case 'process':
      return [processText(subject), ...(subject.command === '' ? [] : [plain(subject.command, 500)])].join(
        '\n',
      );
    case 'remote':
      return [remoteText(t, subject), namespaceTooltip(t, subject.netns, rowContext)].join('\n');
    case 'port':
    case 'namespace':
      return namespaceTooltip(t, subject.netns, rowContext);
    case 'container':
      return [
        ...(subject.name === null ? [] : [containerText(subject)]),
        t('Container {0}, run by {1}', plain(subject.id, 80), plain(subject.runtime, 40)),
      ].join('\n');
    case 'state':
      return t('Sockets in state {0}, as ss calls it.', subject.state);
    case 'unnamed':
      return t('Sockets of processes that cannot be read without the agent, such as those of other users.');
    case 'ownerless':
      return t('Sockets that no file descriptor holds: closing, or in time-wait.');
    case 'kernel':
      return t('Sockets of the kernel itself, such as those of a network file system. Never destroyed.');
    case 'listening':
      return t('TCP sockets that wait for connections.');
    case 'unconnected':
      return t('Sockets without a remote end.');
  }
}

function namespaceTooltip(t: Translate, netns: number, rowContext: RowContext): string {
  const lines = [t('Network namespace: {0} ({1})', namespaceText(t, netns, rowContext), String(netns))];
  const errno = rowContext.namespaces.find((one) => one.netns === netns)?.errno;
  if (errno) lines.push(t('It could not be read ({0}), so sockets without a process are missing.', errno));
  return lines.join('\n');
}
