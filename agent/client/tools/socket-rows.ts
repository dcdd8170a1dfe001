/** Sockets and processes in answers of tools: what tells them apart, and no more. */

import { formatEndpoint, type Owner, type Socket } from '../../protocol';
import { fitting } from './bounds';

/** Of one socket. */
const maxProcesses = 5;

export function socketRow(socket: Socket): object {
  const { protocol, state, local, remote, cookie, netns, uid, peer, container, lifeline, kernel } = socket;
  const { owners, queuedFor, unsupportedReason } = socket;
  return {
    protocol,
    state,
    local: formatEndpoint(local),
    remote: remote && formatEndpoint(remote),
    cookie,
    netns,
    uid,
    processes: processRows(owners),
    ...(queuedFor.length > 0 ? { queuedFor: processRows(queuedFor) } : {}),
    peer: peer && { cookie: peer.cookie, processes: processRows(peer.owners) },
    container: container && (container.name ?? container.id.slice(0, 12)),
    protected: lifeline || kernel,
    ...(unsupportedReason === null ? {} : { unsupportedReason }),
  };
}

/** Each process once. */
function processRows(owners: readonly Owner[]): readonly object[] {
  const processes = [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
  return fitting(processes, maxProcesses).shown.map(({ pid, name, command }) => ({ pid, name, command }));
}
