/** Text output of `sockscope inspect`: a name and a value on each line. */

import { acceptQueueText } from '../client/inspect/accept-queue';
import { clientPortsText, leakText } from '../client/inspect/alike';
import type { SocketFacts } from '../client/inspect/socket-facts';
import { givesUpText, keepaliveText, unansweredProbes } from '../client/inspect/tcp-timers';
import {
  acknowledgedBytes,
  durationText,
  formatTuple,
  type ProcessDetail,
  type Socket,
  type SocketDetail,
  visibleText,
} from '../protocol';
import { localTime } from './local-time';
import { printLine } from './output';
import { holdersText, processesText } from './socket-table';

export interface Inspected extends SocketFacts {
  readonly socket: Socket;
  /** Null: it is unavailable; standard error has the reason. */
  readonly detail: SocketDetail | null;
  /** Of its owners, or of the listener's while it waits to be accepted; without those that have ended. */
  readonly processes: readonly ProcessDetail[];
}

type Fact = readonly [name: string, value: string | number | null];

export function printDetails(inspected: Inspected): void {
  const { socket, detail, settings, leak, clientPorts, processes } = inspected;
  printFacts([
    ...socketFacts(socket),
    ['close-wait', leak && leakText(leak)],
    ['client ports', clientPorts && clientPortsText(socket, clientPorts)],
    ...(detail ? detailFacts(socket, detail, settings) : []),
  ]);
  for (const process of processes) {
    printLine('');
    printFacts(processFacts(process));
  }
}

/** Values are untrusted text. */
function printFacts(facts: readonly Fact[]): void {
  for (const [name, value] of facts)
    if (value !== null) printLine(`${name.padEnd(20)}${visibleText(String(value))}`);
}

function socketFacts(socket: Socket): Fact[] {
  const { peer, container } = socket;
  return [
    ['socket', `${socket.protocol} ${formatTuple(socket)}`],
    ['state', socket.state],
    ['cookie', socket.cookie],
    ['namespace', socket.netns],
    ['inode', socket.inode],
    ['process', holdersText(socket)],
    [
      'peer',
      peer &&
        `${peer.owners.length > 0 ? processesText(peer.owners) : 'no visible process'}, cookie:${peer.cookie}`,
    ],
    ['container', container && (container.name ?? container.id)],
    ['lifeline', socket.lifeline ? 'yes' : null],
    ['kernel', socket.kernel ? 'yes' : null],
    ['not destroyable', socket.unsupportedReason],
  ];
}

function detailFacts(socket: Socket, detail: SocketDetail, settings: SocketFacts['settings']): Fact[] {
  const { receiveQueue, sendQueue, timer, tcp } = detail;
  if (socket.state === 'listen') return [['accept queue', acceptQueueText(detail)]];
  const queues: Fact[] = [
    ['receive queue', receiveQueue],
    ['send queue', sendQueue],
    ['timer', timer.kind === 'none' ? null : `${timer.kind}, in ${durationText(timer.expiresMs)}`],
  ];
  if (!tcp) return queues;
  return [
    ...queues,
    ['keepalive', keepaliveText(socket, detail)],
    ['unanswered probes', unansweredProbes(detail)],
    ['gives up', settings && givesUpText(socket, detail, settings)],
    ['round trip', `${tcp.rttMs} ms (variance ${tcp.rttVarianceMs}, minimum ${tcp.minRttMs})`],
    ['retransmits', `${tcp.totalRetransmits} (${tcp.retransmitting} now, ${tcp.lost} lost)`],
    ['unacknowledged', `${tcp.unacked} packets`],
    [
      'bytes sent',
      `${tcp.bytesSent} (${acknowledgedBytes(tcp)} acknowledged, ${tcp.bytesRetransmitted} retransmitted)`,
    ],
    ['bytes received', tcp.bytesReceived],
    ['last sent', `${durationText(tcp.lastDataSentMs)} ago`],
    ['last received', `${durationText(tcp.lastDataReceivedMs)} ago`],
    ['last acknowledged', `${durationText(tcp.lastAckReceivedMs)} ago`],
    ['congestion control', `${tcp.congestionControl}, window ${tcp.congestionWindow} packets`],
    ['segments', `${tcp.sendMss} bytes; path MTU ${tcp.pathMtu}`],
    ['delivery rate', `${tcp.deliveryRate} bytes/s`],
  ];
}

function processFacts(process: ProcessDetail): Fact[] {
  return [
    ['process', `${process.name}/${process.pid}`],
    ['user', process.user ?? process.uid],
    ['command', process.command],
    ['working directory', process.workingDirectory],
    ['started', localTime(process.startedAt)],
    ['parents', process.parents.map(({ name, pid }) => `${name}/${pid}`).join(' < ') || null],
    ['cgroup', process.cgroup],
    ['container', process.container && (process.container.name ?? process.container.id)],
    ['unit', process.unit],
  ];
}
