/** The details of a socket and its processes, as names and values. Pure; all names in them come out harmless. */

import { acceptQueueText } from '../../agent/client/inspect/accept-queue';
import { clientPortsText, leakText } from '../../agent/client/inspect/alike';
import type { SocketFacts } from '../../agent/client/inspect/socket-facts';
import { givesUpText, keepaliveText, unansweredProbes } from '../../agent/client/inspect/tcp-timers';
import { adviceFor } from '../../agent/client/liveness/advice';
import { noticeText } from '../../agent/client/liveness/liveness-text';
import type { LiveConnection } from '../../agent/client/liveness/read-liveness';
import { bytesText } from '../../agent/common/bytes-text';
import {
  acknowledgedBytes,
  durationText,
  type EndReason,
  formatEndpoint,
  type ProcessDetail,
  processKey,
  type Socket,
  type SocketDetail,
  type TcpDetail,
} from '../../agent/protocol';
import { translateSentence } from '../base/agent-sentences';
import { inEditorWords } from '../base/editor-words';
import { numberText, plain, type Translate, timeText } from '../base/text';
import { endReasonText } from './end-reason';
import type { SocketEnd } from './followed-socket';
import { processText, startedText, userText } from './process-text';
import { containerText, type RowContext } from './row-context';
import { namespaceLine, ownersText, peerText, rateText, stateWord } from './socket-text';
import { isListener } from './sockets';

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

/** `end`: null while it is open. */
export function socketSection(
  t: Translate,
  socket: Socket,
  end: SocketEnd | null,
  rowContext: RowContext,
): Section {
  const details: (Detail | null)[] = [
    { name: t('State'), value: end ? endText(t, end) : stateWord(t, socket) },
    { name: t('Protocol'), value: `${socket.protocol}, ${socket.family}` },
    { name: t('Local'), value: formatEndpoint(socket.local) },
    socket.remote ? { name: t('Remote'), value: formatEndpoint(socket.remote) } : null,
    { name: t('Held by'), value: ownersText(t, socket) },
    socket.ownersLeftOut > 0
      ? { name: t('Owners not listed'), value: t('{0}: it has too many', numberText(socket.ownersLeftOut)) }
      : null,
    socket.peer ? { name: t('Peer'), value: peerText(t, socket.peer) } : null,
    socket.container ? { name: t('Container'), value: containerText(socket.container) } : null,
    { name: t('Network namespace'), value: namespaceLine(t, socket.netns, rowContext) },
    { name: t('Cookie'), value: socket.cookie },
    { name: t('Inode'), value: socket.inode },
    { name: t('User id'), value: String(socket.uid) },
    socket.unsupportedReason === null
      ? null
      : {
          name: t('Not destroyable'),
          value: plain(translateSentence(t, socket.unsupportedReason), maxLength),
        },
  ];
  return { id: 'socket', label: t('Socket'), details: details.filter((one) => one !== null) };
}

/** `closed: reset by peer, 14:03:22`. */
function endText(t: Translate, { reason, at }: SocketEnd): string {
  const texts: Partial<Record<EndReason, string>> = {
    closed: t('closed by its process'),
    unknown: t('closed, reason not known'),
  };
  const text = texts[reason ?? 'unknown'] ?? t('closed: {0}', endReasonText(t, reason));
  return at ? t('{0}, {1}', text, timeText(at)) : text;
}

/** `at`: when the numbers were read. What they mean is in the agent's words. */
export function healthSection(
  t: Translate,
  socket: Socket,
  detail: SocketDetail,
  facts: SocketFacts,
  at: Date,
): Section {
  const { leak, clientPorts } = facts;
  const details = [
    { name: t('Read at'), value: timeText(at) },
    fact(t('Close-wait'), leak && leakText(leak)),
    fact(t('Client ports'), clientPorts && clientPortsText(socket, clientPorts)),
    ...(isListener(socket)
      ? [acceptQueue(t, detail)]
      : [...timerFacts(t, socket, detail, facts), ...connectionQueues(t, detail)]),
    timer(t, detail),
    ...(detail.tcp ? tcpDetails(t, detail.tcp) : []),
  ];
  return { id: 'health', label: t('Health'), details: details.filter((one) => one !== null) };
}

/** Null: it is not known, or does not apply. */
function fact(name: string, value: string | null): Detail | null {
  return value === null ? null : { name, value: plain(value, maxLength) };
}

function acceptQueue(t: Translate, detail: SocketDetail): Detail {
  const { receiveQueue, sendQueue } = detail;
  const value =
    receiveQueue > sendQueue
      ? acceptQueueText(detail)
      : t('{0} of at most {1}', numberText(receiveQueue), numberText(sendQueue));
  return { name: t('Waiting to be accepted'), value };
}

/** Whether a dead peer is noticed, and when the kernel gives up. */
function timerFacts(
  t: Translate,
  socket: Socket,
  detail: SocketDetail,
  { settings }: SocketFacts,
): (Detail | null)[] {
  const unanswered = unansweredProbes(detail);
  return [
    fact(t('Keepalive'), keepaliveText(socket, detail)),
    fact(t('Unanswered probes'), unanswered === null ? null : numberText(unanswered)),
    fact(t('Gives up'), settings && givesUpText(socket, detail, settings)),
  ];
}

function connectionQueues(t: Translate, { receiveQueue, sendQueue }: SocketDetail): Detail[] {
  return [
    { name: t('Receive queue'), value: t('{0} not read yet', bytesText(receiveQueue)) },
    { name: t('Send queue'), value: t('{0} not acknowledged yet', bytesText(sendQueue)) },
  ];
}

function timer(t: Translate, { timer: { kind, expiresMs, retransmits } }: SocketDetail): Detail {
  if (kind === 'none') return { name: t('Timer'), value: t('none') };
  const due = t('{0}, in {1}', kind, durationText(expiresMs));
  return {
    name: t('Timer'),
    value: retransmits > 0 ? t('{0}, retransmits: {1}', due, numberText(retransmits)) : due,
  };
}

function tcpDetails(t: Translate, tcp: TcpDetail): Detail[] {
  return [
    {
      name: t('Round trip'),
      value: t(
        '{0}, varies by {1}, minimum {2}',
        durationText(tcp.rttMs),
        durationText(tcp.rttVarianceMs),
        durationText(tcp.minRttMs),
      ),
    },
    {
      name: t('Retransmits'),
      value: t(
        '{0} total, {1} in flight, {2}',
        numberText(tcp.totalRetransmits),
        numberText(tcp.retransmitting),
        bytesText(tcp.bytesRetransmitted),
      ),
    },
    {
      name: t('Unacknowledged'),
      value: t('{0} packets, {1} lost', numberText(tcp.unacked), numberText(tcp.lost)),
    },
    {
      name: t('Sent'),
      value: t('{0}, {1} acknowledged', bytesText(tcp.bytesSent), bytesText(acknowledgedBytes(tcp))),
    },
    { name: t('Received'), value: bytesText(tcp.bytesReceived) },
    {
      name: t('Last activity'),
      value: t(
        'sent {0} ago, received {1} ago, acknowledged {2} ago',
        durationText(tcp.lastDataSentMs),
        durationText(tcp.lastDataReceivedMs),
        durationText(tcp.lastAckReceivedMs),
      ),
    },
    {
      name: t('Congestion control'),
      value: t('{0}, window {1} packets', plain(tcp.congestionControl, 40), numberText(tcp.congestionWindow)),
    },
    { name: t('Delivery rate'), value: rateText(tcp.deliveryRate) },
    {
      name: t('Packet size'),
      value: t('{0} B, path MTU {1} B', numberText(tcp.sendMss), numberText(tcp.pathMtu)),
    },
  ];
}

/** After how long it would give up a dead peer. `at`: when its timers were read. */
export function livenessSection(t: Translate, connection: LiveConnection, at: Date): Section {
  const details = [
    { name: t('Noticed idle'), value: noticeText(connection.idleMs) },
    { name: t('Noticed sending'), value: noticeText(connection.sendingMs) },
    connection.idleMs === null ? { name: t('To set'), value: adviceFor(connection.socket) } : null,
    { name: t('Read at'), value: timeText(at) },
  ];
  return { id: 'liveness', label: t('Dead Peer'), details: details.filter((one) => one !== null) };
}

/** `now`: Unix time in milliseconds. */
export function processSection(t: Translate, process: ProcessDetail, now: number): Section {
  const details: (Detail | null)[] = [
    { name: t('Command'), value: plain(process.command, maxLength) || t('cannot be read') },
    {
      name: t('User'),
      value: process.user === null ? String(process.uid) : `${userText(process)} (${process.uid})`,
    },
    {
      name: t('Working directory'),
      value:
        process.workingDirectory === null ? t('cannot be read') : plain(process.workingDirectory, maxLength),
    },
    { name: t('Started'), value: startedText(t, process.startedAt, now) },
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
  return { id, label, details: [{ name: t('Not known'), value: plain(inEditorWords(t, why), maxLength) }] };
}
