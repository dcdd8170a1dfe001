/** What rows, tooltips and screen readers say about sockets. Pure; all names in it come out harmless. */

import {
  formatEndpoint,
  formatTuple,
  isClosed,
  type Owner,
  type Socket,
  type SocketId,
} from '../agent/protocol';
import { type Grouping, type GroupNode, isListener, processesOf, type Subject } from './socket-model';
import { plain, type Translate } from './text';

/** What a text may need to know beyond the socket itself. */
export interface Surroundings {
  readonly grouping: Grouping;
  /** Inode of the editor's own network namespace; sockets elsewhere are marked. Null: not known. */
  readonly netns: number | null;
  readonly find: (id: SocketId) => Socket | undefined;
}

/** The second column of a row: state, and what the group above does not say already. */
export function rowDescription(t: Translate, socket: Socket, around: Surroundings): string {
  const parts = [socket.protocol === 'udp' ? udpState(socket) : socket.state];
  if (around.grouping !== 'process') parts.push(ownersText(t, socket));
  if (elsewhere(socket.netns, around)) parts.push(t('network namespace {0}', String(socket.netns)));
  if (socket.lifeline) parts.push(t('protected'));
  return parts.join(' · ');
}

function udpState(socket: Socket): string {
  return socket.remote ? 'udp established' : 'udp';
}

/** `node (pid 42)`, `node (pid 42) and 2 more`, or why there is none. */
export function ownersText(t: Translate, socket: Socket): string {
  const [first, ...more] = processesOf(socket);
  if (!first) return ownerlessText(t, socket);
  if (more.length === 0) return processText(first);
  return t('{0} and {1} more', processText(first), more.length);
}

export function processText({ name, pid }: { name: string; pid: number }): string {
  return `${plain(name, 80)} (pid ${pid})`;
}

function ownerlessText(t: Translate, socket: Socket): string {
  if (socket.kernel) return t('kernel');
  return socket.inode === '0' ? t('no process') : t('process not known');
}

/** A full sentence for screen readers; the addresses stay as they are written. */
export function rowSentence(t: Translate, socket: Socket): string {
  const protocol = socket.protocol.toUpperCase();
  const ends = socket.remote
    ? t('{0} connection {1} to {2}', protocol, formatEndpoint(socket.local), formatEndpoint(socket.remote))
    : t('{0} socket {1}', protocol, formatEndpoint(socket.local));
  const what = t('{0}, state {1}, held by {2}.', ends, socket.state, spokenOwners(t, socket));
  return socket.lifeline || socket.kernel ? `${what} ${protection(t, socket)}` : what;
}

function spokenOwners(t: Translate, socket: Socket): string {
  const owners = processesOf(socket).slice(0, 3);
  if (owners.length === 0) return ownerlessText(t, socket);
  return owners.map(({ name, pid }) => t('{0}, process {1}', plain(name, 80), String(pid))).join('; ');
}

function protection(t: Translate, socket: Socket): string {
  return socket.kernel
    ? t('Held by the kernel itself, so it is never destroyed.')
    : t('Protected: it carries this editor, a remote login or the agent.');
}

/** Everything known about one socket, a line each. */
export function tooltip(t: Translate, socket: Socket, around: Surroundings): string {
  const lines = [
    `${socket.protocol} ${formatTuple(socket)}`,
    t('State: {0}', socket.state),
    ...processesOf(socket).map((owner) => ownerLine(t, owner)),
    ...(socket.owners.length === 0 ? [t('Process: {0}', ownerlessText(t, socket))] : []),
    ...peerLines(t, socket, around),
    t('User id: {0}', String(socket.uid)),
    t('Cookie: {0}, inode: {1}', socket.cookie, socket.inode),
    t('Network namespace: {0}', String(socket.netns)),
  ];
  if (socket.lifeline || socket.kernel) lines.push(protection(t, socket));
  if (isClosed(socket)) lines.push(t('Closed already; only its file descriptor is left.'));
  return lines.join('\n');
}

function ownerLine(t: Translate, owner: Owner): string {
  const command = owner.command === '' ? '' : `: ${plain(owner.command, 300)}`;
  return t('Process: {0}, descriptor {1}{2}', processText(owner), String(owner.fd), command);
}

function peerLines(t: Translate, socket: Socket, around: Surroundings): string[] {
  if (!socket.peer) return [];
  const peer = around.find(socket.peer);
  return [
    peer
      ? t('Other end, on this machine: {0}', ownersText(t, peer))
      : t('Other end: on this machine, cookie {0}', socket.peer.cookie),
  ];
}

/** Name of a group's row. */
export function groupLabel(t: Translate, subject: Subject): string {
  switch (subject.kind) {
    case 'process':
      return plain(`${subject.name} ${scriptOf(subject)}`.trim(), 80);
    case 'port':
      return `:${subject.port}`;
    case 'remote':
      return subject.port === null
        ? t('from {0}', subject.address)
        : formatEndpoint({ address: subject.address, port: subject.port });
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

/** Programs that say little without what they run. */
const interpreters = /^(node|nodejs|deno|bun|python[\d.]*|ruby|perl|php|java|bash|sh)$/;

/** `server.js` of `node --inspect /srv/server.js`: the first word that is no option; empty for other programs. */
function scriptOf({ name, command }: { name: string; command: string }): string {
  const [, ...words] = interpreters.test(name) ? command.split(' ') : [];
  const script = words.find((word) => word !== '' && !word.startsWith('-')) ?? '';
  return script.slice(script.lastIndexOf('/') + 1);
}

/** Second column of a group's row: which process, where, how many. */
export function groupDescription(t: Translate, group: GroupNode, around: Surroundings): string {
  const { subject } = group;
  const parts: string[] = [];
  if (subject.kind === 'process') parts.push(String(subject.pid));
  if (subject.kind === 'port') parts.push(...holderText(t, group));
  parts.push(countsText(t, group));
  if (subject.kind === 'port' || subject.kind === 'remote') {
    if (elsewhere(subject.netns, around)) parts.push(t('network namespace {0}', String(subject.netns)));
  }
  return parts.join(' · ');
}

/** Who listens, or else the one that holds all of them. */
function holderText(t: Translate, group: GroupNode): string[] {
  const listener = group.sockets.find((node) => isListener(node.socket));
  const texts = new Set((listener ? [listener] : group.sockets).map(({ socket }) => ownersText(t, socket)));
  return texts.size === 1 ? [...texts] : [];
}

/** `2 listening, 5 connections`; sockets that are neither are counted as sockets. */
export function countsText(t: Translate, group: GroupNode): string {
  const sockets = group.sockets.map((node) => node.socket);
  const listening = sockets.filter(isListener).length;
  const connected = sockets.filter((socket) => socket.remote !== null).length;
  const others = sockets.length - listening - connected;
  const parts: string[] = [];
  if (listening > 0) parts.push(t('{0} listening', listening));
  if (connected > 0) parts.push(connected === 1 ? t('1 connection') : t('{0} connections', connected));
  if (others > 0) parts.push(others === 1 ? t('1 unconnected') : t('{0} unconnected', others));
  return parts.join(', ');
}

/** A full sentence for screen readers. */
export function groupSentence(t: Translate, group: GroupNode): string {
  const { subject } = group;
  const label = groupLabel(t, subject);
  const counts = countsText(t, group);
  if (subject.kind === 'process')
    return t('Process {0}, process id {1}, has {2}.', label, String(subject.pid), counts);
  if (subject.kind === 'port') return t('Local port {0} has {1}.', String(subject.port), counts);
  if (subject.kind === 'remote') return t('Remote {0} has {1}.', label, counts);
  return t('{0}: {1}.', label, counts);
}

export function groupTooltip(t: Translate, group: GroupNode): string {
  const { subject } = group;
  switch (subject.kind) {
    case 'process':
      return [processText(subject), ...(subject.command === '' ? [] : [plain(subject.command, 500)])].join(
        '\n',
      );
    case 'port':
    case 'remote':
      return t('Network namespace: {0}', String(subject.netns));
    case 'unnamed':
      return t('Sockets of processes that cannot be read without the agent, such as those of other users.');
    case 'ownerless':
      return t('Sockets that no file descriptor holds: closing, in time-wait or not yet accepted.');
    case 'kernel':
      return t('Sockets of the kernel itself, such as those of a network file system. Never destroyed.');
    case 'listening':
      return t('TCP sockets that wait for connections.');
    case 'unconnected':
      return t('Sockets without a remote end.');
  }
}

function elsewhere(netns: number, around: Surroundings): boolean {
  return around.netns !== null && around.netns !== netns;
}
