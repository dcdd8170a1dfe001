/** The details of a socket and its processes, as names and values. Pure; all names in them come out harmless. */

import {
  formatEndpoint,
  type ProcessDetail,
  processKey,
  type Row,
  type SocketDetail,
  type TcpDetail,
} from '../../agent/protocol';
import { plain, type Translate } from '../base/text';
import { endReasonText } from './end-reason';
import { containerText, type RowContext } from './row-context';
import { namespaceLine, ownersText, peerText, processText } from './socket-text';
import { hasEnded, isListener } from './sockets';

export interface Detail {
  readonly name: string;
  readonly value: string;
}

export interface Section {
  /** Unique among the sections that are shown together. */
  readonly id: string;
  readonly label: string;
  readonly details: readonly Detail[];
}

/** Characters of one value. */
const maxLength = 2000;

export function socketSection(t: Translate, row: Row, rowContext: RowContext): Section {
  const { socket } = row;
  const details: (Detail | null)[] = [
    { name: t('State'), value: hasEnded(row) ? endReasonText(t, row.reason) : socket.state },
    { name: t('Protocol'), value: `${socket.protocol}, ${socket.family}` },
    { name: t('Local'), value: formatEndpoint(socket.local) },
    socket.remote ? { name: t('Remote'), value: formatEndpoint(socket.remote) } : null,
    { name: t('Held by'), value: ownersText(t, socket) },
    socket.ownersLeftOut > 0
      ? { name: t('Owners not listed'), value: t('{0}: it has too many', socket.ownersLeftOut) }
      : null,
    socket.peer ? { name: t('Peer'), value: peerText(t, socket.peer) } : null,
    socket.container ? { name: t('Container'), value: containerText(socket.container) } : null,
    { name: t('Network namespace'), value: namespaceLine(t, socket.netns, rowContext) },
    { name: t('Cookie'), value: socket.cookie },
    { name: t('Inode'), value: socket.inode },
    socket.unsupportedReason === null
      ? null
      : { name: t('Not destroyable'), value: plain(socket.unsupportedReason, maxLength) },
  ];
  return { id: 'socket', label: t('Socket'), details: details.filter((one) => one !== null) };
}

export function healthSection(t: Translate, row: Row, detail: SocketDetail): Section {
  const queues = isListener(row.socket) ? listenerQueues(t, detail) : connectionQueues(t, detail);
  const details = [...queues, timer(t, detail), ...(detail.tcp ? tcpDetails(t, detail.tcp) : [])];
  return { id: 'health', label: t('Health'), details };
}

function listenerQueues(t: Translate, { receiveQueue, sendQueue }: SocketDetail): Detail[] {
  return [{ name: t('Waiting to be accepted'), value: t('{0} of at most {1}', receiveQueue, sendQueue) }];
}

function connectionQueues(t: Translate, { receiveQueue, sendQueue }: SocketDetail): Detail[] {
  return [
    { name: t('Receive queue'), value: t('{0} not read yet', bytes(receiveQueue)) },
    { name: t('Send queue'), value: t('{0} not acknowledged yet', bytes(sendQueue)) },
  ];
}

function timer(t: Translate, { timer: { kind, expiresMs, retransmits } }: SocketDetail): Detail {
  if (kind === 'none') return { name: t('Timer'), value: t('none') };
  const due = t('{0}, in {1}', kind, duration(expiresMs));
  return { name: t('Timer'), value: retransmits > 0 ? t('{0}, retransmits: {1}', due, retransmits) : due };
}

function tcpDetails(t: Translate, tcp: TcpDetail): Detail[] {
  return [
    {
      name: t('Round trip'),
      value: t(
        '{0}, varies by {1}, minimum {2}',
        duration(tcp.rttMs),
        duration(tcp.rttVarianceMs),
        duration(tcp.minRttMs),
      ),
    },
    {
      name: t('Retransmits'),
      value: t(
        '{0} in all, {1} now, {2}',
        tcp.totalRetransmits,
        tcp.retransmitting,
        bytes(tcp.bytesRetransmitted),
      ),
    },
    { name: t('Unacknowledged'), value: t('{0} packets, {1} lost', tcp.unacked, tcp.lost) },
    {
      name: t('Sent'),
      value: t('{0}, {1} acknowledged', bytes(tcp.bytesSent), bytes(tcp.bytesAcked)),
    },
    { name: t('Received'), value: bytes(tcp.bytesReceived) },
    {
      name: t('Last activity'),
      value: t(
        'sent {0} ago, received {1} ago, acknowledged {2} ago',
        duration(tcp.lastDataSentMs),
        duration(tcp.lastDataReceivedMs),
        duration(tcp.lastAckReceivedMs),
      ),
    },
    {
      name: t('Congestion control'),
      value: t('{0}, window {1} packets', plain(tcp.congestionControl, 40), tcp.congestionWindow),
    },
    { name: t('Delivery rate'), value: `${bytes(tcp.deliveryRate)}/s` },
    { name: t('Packet size'), value: t('{0} B, path MTU {1} B', tcp.sendMss, tcp.pathMtu) },
  ];
}

export function processSection(t: Translate, process: ProcessDetail): Section {
  const details: (Detail | null)[] = [
    { name: t('Command'), value: plain(process.command || process.name, maxLength) },
    {
      name: t('User'),
      value: process.user === null ? String(process.uid) : `${plain(process.user, 80)} (${process.uid})`,
    },
    {
      name: t('Working directory'),
      value:
        process.workingDirectory === null ? t('cannot be read') : plain(process.workingDirectory, maxLength),
    },
    { name: t('Started'), value: process.startedAt },
    process.container
      ? {
          name: t('Container'),
          value: `${containerText(process.container)}, ${plain(process.container.runtime, 40)}`,
        }
      : null,
    process.unit === null ? null : { name: t('Unit'), value: plain(process.unit, 200) },
    process.cgroup === null ? null : { name: t('Control group'), value: plain(process.cgroup, maxLength) },
    { name: t('Started by'), value: process.parents.map(processText).join(' ← ') || t('not known') },
  ];
  return {
    id: `process ${processKey(process)}`,
    label: t('Process {0}', processText(process)),
    details: details.filter((one) => one !== null),
  };
}

/** Takes the place of a section that is not available. */
export function missingSection(t: Translate, id: string, label: string, why: string): Section {
  return { id, label, details: [{ name: t('Not known'), value: plain(why, maxLength) }] };
}

/** `0.3 ms`, `250 ms`, `12.5 s`, `3 min`, `5 h`. */
export function duration(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(2))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `512 B`, `12.3 KB`, `4 MB`: powers of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
