/** Sockets as a table for people. */

import { tupleEnds } from '../common/wording';
import type { Namespace, Owner, Peer, Socket } from '../protocol';
import { printTable } from './output';

export function printSockets(sockets: readonly Socket[], namespaces: readonly Namespace[]): void {
  printTable(
    ['PROTO', 'STATE', 'LOCAL', 'REMOTE', 'PROCESS', 'COOKIE', 'NOTES'],
    sockets.map((socket) => [
      socket.protocol,
      socket.state,
      ...tupleEnds(socket),
      holdersText(socket),
      socket.cookie,
      notes(socket, namespaces).join(', '),
    ]),
  );
}

/** `node/42,node/43`; `(queued) node/42` while nobody has accepted it; `-` without a process. */
export function holdersText({
  owners,
  ownersLeftOut,
  queuedFor,
}: Pick<Socket, 'owners' | 'ownersLeftOut' | 'queuedFor'>): string {
  if (ownersLeftOut > 0) return `${processesText(owners)},... (${ownersLeftOut} more not listed)`;
  if (owners.length > 0) return processesText(owners);
  return queuedFor.length > 0 ? `(queued) ${processesText(queuedFor)}` : '-';
}

export function processesText(owners: readonly Owner[]): string {
  const names = new Map(owners.map(({ pid, name }) => [pid, `${name}/${pid}`]));
  return names.size === 0 ? '-' : [...names.values()].join(',');
}

function notes(socket: Socket, namespaces: readonly Namespace[]): string[] {
  const { peer, lifeline, kernel, unsupportedReason } = socket;
  return [
    placeText(socket, namespaces),
    peer && peer.owners.length > 0 ? peerText(peer, socket, namespaces) : '',
    lifeline ? 'lifeline' : '',
    kernel ? 'kernel' : '',
    unsupportedReason !== null ? 'not destroyable' : '',
  ].filter((note) => note !== '');
}

/** `peer node/42`, and where it is, if that is another network namespace than the socket's. */
function peerText(peer: Peer, { netns }: Socket, namespaces: readonly Namespace[]): string {
  const place = peer.netns === netns ? '' : ` ${namespaceText(peer.netns, namespaces) || 'here'}`;
  return `peer ${processesText(peer.owners)}${place}`;
}

/** `in web` for a container or a name of `ip netns`, else `in net:INODE`; empty in the agent's own namespace. */
function placeText({ container, netns }: Socket, namespaces: readonly Namespace[]): string {
  if (container) return `in ${container.name ?? container.id.slice(0, 12)}`;
  return namespaceText(netns, namespaces);
}

function namespaceText(netns: number, namespaces: readonly Namespace[]): string {
  const place = namespaces.find((namespace) => namespace.netns === netns);
  return place?.own ? '' : `in ${place?.container?.name ?? place?.name ?? `net:${netns}`}`;
}
