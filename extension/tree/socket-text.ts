/** Texts of sockets for rows, tooltips and screen readers. Pure; escapes all names. */

import { bytesText } from '../../agent/common/bytes-text';
import {
  type Endpoint,
  formatEndpoint,
  formatTuple,
  isClosed,
  type Owner,
  type Peer,
  type Row,
  type Socket,
  withoutMapping,
} from '../../agent/protocol';
import { translateSentence } from '../base/agent-sentences';
import { numberText, plain, type Translate, withArrow, withStop } from '../base/text';
import { endReasonText } from './end-reason';
import { processesText, processText } from './process-text';
import { containerText, isElsewhere, namespaceText, type RowContext } from './row-context';
import { direction, hasEnded, processesOf } from './sockets';

const arrows = { in: '←', out: '→', unclear: '↔' };

/**
 * Name of a row, short enough for a narrow side bar: `:3000 ← :51234`, `:40000 → 10.0.0.5:5432`, `127.0.0.1:3000`. A
 * connection's own address is left out, and so is 127.0.0.1; the tooltip and the text for screen readers have all of it.
 */
export function rowLabel(socket: Pick<Socket, 'local' | 'remote'>): string {
  const { local, remote } = socket;
  if (!remote) return shortEndpoint(local);
  const isNear = withoutMapping(remote.address) === '127.0.0.1';
  return `:${local.port} ${arrows[direction(socket)]} ${isNear ? `:${remote.port}` : shortEndpoint(remote)}`;
}

/** Characters of an address that fit into a narrow side bar. */
const maxAddressLength = 18;

export function shortEndpoint({ address, port }: Endpoint): string {
  return formatEndpoint({ address: shortAddress(address), port });
}

/** Without the IPv4 mapping, and long IPv6 addresses without their middle. */
export function shortAddress(address: string): string {
  const whole = withoutMapping(address);
  return whole.length <= maxAddressLength ? whole : `${whole.slice(0, 9)}…${whole.slice(-7)}`;
}

/** The second column of a row: the state, the traffic, and facts that the group above does not show. */
export function rowDescription(t: Translate, row: Row, rowContext: RowContext): string {
  const { socket } = row;
  const traffic = row.bytesPerSecond ? [rateText(row.bytesPerSecond)] : [];
  const parts = [stateText(t, row), ...traffic, ...holders(t, socket, rowContext), ...peerParts(t, socket)];
  if (socket.container && rowContext.grouping !== 'container') parts.push(containerText(socket.container));
  else if (isElsewhere(socket.netns, rowContext)) parts.push(namespaceText(t, socket.netns, rowContext));
  if (socket.lifeline) parts.push(t('protected'));
  if (socket.unsupportedReason !== null) parts.push(t('cannot be destroyed'));
  return parts.join(' · ');
}

/** `1.2 KB/s` */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** `established`, `udp bound`, `mptcp listen`, or why it ended. */
function stateText(t: Translate, row: Row): string {
  if (hasEnded(row)) return endReasonText(t, row.reason);
  const { protocol } = row.socket;
  const word = stateWord(t, row.socket);
  return protocol === 'tcp' ? word : `${protocol} ${word}`;
}

function holders(t: Translate, socket: Socket, { grouping }: RowContext): string[] {
  if (socket.queuedFor.length > 0)
    return [grouping === 'process' ? t('waits to be accepted') : ownersText(t, socket)];
  return grouping === 'process' ? [] : [ownersText(t, socket)];
}

function peerParts(t: Translate, { peer }: Socket): string[] {
  const [first] = peer ? processesOf(peer) : [];
  return first ? [t('peer: {0}', processText(first))] : [];
}

/** `node (pid 42)`, `node (pid 42) and 2 more`, the process that is to accept it, or why there is none. */
export function ownersText(
  t: Translate,
  socket: Pick<Socket, 'owners' | 'ownersLeftOut' | 'queuedFor' | 'kernel' | 'inode'>,
): string {
  if (socket.ownersLeftOut > 0)
    return t(
      '{0}, {1} owners not listed',
      processesText(t, processesOf(socket)),
      numberText(socket.ownersLeftOut),
    );
  if (socket.owners.length > 0) return processesText(t, processesOf(socket));
  if (socket.queuedFor.length > 0)
    return t('waits to be accepted by {0}', processesText(t, socket.queuedFor));
  if (socket.kernel) return t('kernel');
  return socket.inode === '0' ? t('no process') : t('process not known');
}

/** The process at the other end. */
export function peerText(t: Translate, peer: Peer): string {
  const processes = processesOf(peer);
  return processes.length > 0 ? processesText(t, processes) : t('no process');
}

/** Full sentences for screen readers. */
export function rowSentence(t: Translate, row: Row): string {
  const { socket } = row;
  const protocol = socket.protocol.toUpperCase();
  const ends = socket.remote
    ? t('{0} connection {1} to {2}', protocol, formatEndpoint(socket.local), formatEndpoint(socket.remote))
    : t('{0} socket {1}', protocol, formatEndpoint(socket.local));
  const sentences = [
    hasEnded(row)
      ? t('{0}, {1}, was held by {2}.', ends, endReasonText(t, row.reason), spokenOwners(t, socket))
      : t('{0}, state {1}, held by {2}.', ends, stateWord(t, socket), spokenOwners(t, socket)),
    ...spokenPeer(t, socket),
    ...unsupportedReasons(t, socket),
  ];
  if (row.mark === 'new') sentences.push(t('New.'));
  if (row.mark === 'changed') sentences.push(t('Changed.'));
  return sentences.join(' ');
}

function spokenOwners(t: Translate, socket: Socket): string {
  const owners = processesOf(socket).slice(0, 3);
  return owners.length === 0 ? ownersText(t, socket) : owners.map((owner) => spoken(t, owner)).join('; ');
}

function spoken(t: Translate, { name, pid }: Owner): string {
  return t('{0}, process {1}', plain(name, 80), String(pid));
}

function spokenPeer(t: Translate, { peer }: Socket): string[] {
  const [first] = peer ? processesOf(peer) : [];
  return first ? [t('Its peer is {0}.', spoken(t, first))] : [];
}

/** Why the socket cannot be destroyed. */
function unsupportedReasons(t: Translate, socket: Socket): string[] {
  const reasons: string[] = [];
  if (socket.kernel) reasons.push(t('Held by the kernel itself, so it is never destroyed.'));
  else if (socket.lifeline)
    reasons.push(t('Protected: it carries this editor, a remote login or the agent.'));
  if (socket.unsupportedReason !== null)
    reasons.push(withStop(t, plain(translateSentence(t, socket.unsupportedReason), 300)));
  return reasons;
}

/** What the row leaves out, in few lines, so that it does not cover the next rows; Details has the rest. `runs`: of its process, see runsText. */
export function tooltip(t: Translate, row: Row, rowContext: RowContext, runs?: string): string {
  const { socket } = row;
  const lines = [
    `${socket.protocol} ${withArrow(formatTuple(socket))}`,
    hasEnded(row)
      ? t('Ended: {0} (was {1})', endReasonText(t, row.reason), stateWord(t, socket))
      : t('State: {0}', stateWord(t, socket)),
    t('Process: {0}', ownersText(t, socket)),
    ...(runs === undefined ? [] : [runs]),
    ...(socket.peer ? [t('Peer: {0}', peerText(t, socket.peer))] : []),
    ...placeLines(t, socket, rowContext),
    ...unsupportedReasons(t, socket),
  ];
  if (socket.state === 'bound') lines.push(t('It holds its port without listening.'));
  if (isClosed(socket)) lines.push(t('Closed already; only its file descriptor is left.'));
  return lines.join('\n');
}

/** Its container, or another network namespace. */
function placeLines(t: Translate, { container, netns }: Socket, rowContext: RowContext): string[] {
  if (container) return [containerText(container)];
  return isElsewhere(netns, rowContext) ? [namespaceText(t, netns, rowContext)] : [];
}

/** ss has no word of its own for UDP sockets without a remote end. */
export function stateWord(t: Translate, { protocol, state, remote, local }: Socket): string {
  if ((protocol !== 'udp' && protocol !== 'udplite') || state !== 'close' || remote) return state;
  return local.port === 0 ? t('unconnected') : t('bound');
}

/** Its name, and always its number. */
export function namespaceLine(t: Translate, netns: number, rowContext: RowContext): string {
  const named = rowContext.namespaces.some(
    (one) => one.netns === netns && (one.own || one.name || one.container),
  );
  return named ? `${namespaceText(t, netns, rowContext)} (${netns})` : String(netns);
}
