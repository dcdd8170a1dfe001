/** Finds the holders of a port in one scan: their kinds, and how each could be removed. */

import { basename } from 'node:path';
import { hasHiddenOwner } from '../inventory/hidden-owner';
import type { SeenSocket } from '../inventory/inventory';
import {
  type HolderKind,
  isAbsent,
  isClosed,
  mayCollide,
  type Owner,
  type PortHolder,
  type PortProtocol,
  type Remedy,
  uniqueProcesses,
} from '../protocol';
import { type Claim, type HolderContext, whyOf, whyReserved } from './port-reasons';

/** The state of the machine in which a port is explained. */
export interface PortSnapshot extends Omit<HolderContext, 'hasIpv4'> {
  readonly protocol: PortProtocol;
  readonly sockets: readonly SeenSocket[];
  /** Ports that the kernel chooses for clients (net.ipv4.ip_local_port_range). */
  readonly ephemeral: { readonly first: number; readonly last: number };
  /** Programs of this client lack the privilege to bind the port. */
  readonly reserved: boolean;
}

/** Programs that publish ports of containers, by process name or by file name. */
const publishers = new Set([
  'docker-proxy',
  'conmon',
  'rootlesskit',
  'rootlessport',
  'rootlessport-child',
  'slirp4netns',
  'pasta',
  'pasta.avx2',
]);

const remedyOf: Readonly<Record<HolderKind, Remedy>> = {
  listener: 'signal',
  bound: 'signal',
  udp: 'signal',
  published: 'stop-container',
  connection: 'destroy',
  orphan: 'destroy',
  'time-wait': 'destroy',
  client: 'none',
  reserved: 'none',
};

/** Sorted by kind, as above; those that are in nobody's way come last. */
export function portHolders(snapshot: PortSnapshot): PortHolder[] {
  const sockets = snapshot.sockets.filter((seen) => isOnPort(seen, snapshot));
  const served = new Set(sockets.filter(({ socket }) => socket.state === 'listen').map(netnsOf));
  const claims = new Map<string, SeenSocket[]>();
  for (const seen of sockets) {
    const key = claimKey(seen, kindOf(seen, snapshot, served), blockedBy(seen, snapshot).length > 0);
    const claimed = claims.get(key);
    if (claimed) claimed.push(seen);
    else claims.set(key, [seen]);
  }
  const inNamespace = sockets.filter((seen) => netnsOf(seen) === snapshot.netns);
  const context = { ...snapshot, hasIpv4: inNamespace.some(({ socket }) => socket.family === 'ipv4') };
  const holders = [...claims.values()].flatMap((claimed) => toHolder(claimed, context, served) ?? []);
  if (snapshot.reserved && holders.every(({ blocks }) => blocks.length === 0))
    holders.push(reserved(snapshot.port));
  const order = Object.keys(remedyOf);
  const rank = ({ kind, sockets, blocks }: PortHolder) =>
    (sockets.length > 0 && blocks.length === 0 ? order.length : 0) + order.indexOf(kind);
  return holders.sort((a, b) => rank(a) - rank(b));
}

function netnsOf({ socket }: SeenSocket): number {
  return socket.netns;
}

/** Addresses of the binds that it blocks. One that works is blocked by nobody: a socket on `::` may be for IPv6 only. */
function blockedBy({ socket }: SeenSocket, { netns, binds }: PortSnapshot): string[] {
  if (socket.netns !== netns) return [];
  return binds
    .filter((trial) => !trial.reuseaddr && trial.error !== null && !isAbsent(trial))
    .map(({ address }) => address)
    .filter((address) => mayCollide(socket.local.address, address));
}

/** Leaves out subflows of MPTCP sockets: the socket above has the same port and owners. */
function isOnPort({ socket, record }: SeenSocket, { port, protocol }: PortSnapshot): boolean {
  const sameSpace = socket.protocol === protocol || (protocol === 'tcp' && socket.protocol === 'mptcp');
  return sameSpace && !record.mptcp && socket.local.port === port && !isClosed(socket);
}

function kindOf(seen: SeenSocket, snapshot: PortSnapshot, served: ReadonlySet<number>): Claim['kind'] {
  const { socket } = seen;
  if (socket.state === 'time-wait') return 'time-wait';
  if (socket.protocol === 'udp') return udpKind(seen, snapshot);
  if (socket.state === 'listen' || socket.state === 'bound')
    return isPublished(seen) ? 'published' : socket.state === 'listen' ? 'listener' : 'bound';
  if (socket.inode === '0') return isServerEnd(seen, served) ? 'connection' : 'orphan';
  return isClientEnd(seen, snapshot, served) ? 'client' : 'connection';
}

function udpKind(seen: SeenSocket, { ephemeral }: PortSnapshot): Claim['kind'] {
  const { record, socket } = seen;
  if (isPublished(seen)) return 'published';
  if (record.portFrom !== null) return record.portFrom === 'kernel' ? 'client' : 'udp';
  return socket.remote && isWithin(socket.local.port, ephemeral) ? 'client' : 'udp';
}

function isPublished({ socket }: SeenSocket): boolean {
  return socket.owners.some(
    ({ name, command }) => publishers.has(name) || publishers.has(basename(command.split(' ')[0] ?? '')),
  );
}

/** For a connection without a file: it waits for accept(), or its process has closed it. */
function isServerEnd({ socket }: SeenSocket, served: ReadonlySet<number>): boolean {
  const accepts =
    socket.state === 'established' || socket.state === 'close-wait' || socket.state === 'syn-recv';
  return accepts && (socket.queuedFor.length > 0 || served.has(socket.netns));
}

/**
 * A client's end must never be mistaken for a server's, since a server's is destroyed. It is certain where the kernel chose the
 * port, or a bind() did: an accepted connection has neither. Else (in the observer; until Linux 6.18 also after a bind to the
 * port; for a client that bound port 0) it is a server's where a listener has the port, as the kernel gives no client such a
 * port. Without a listener it counts as a client's wherever the kernel may have chosen the port.
 */
function isClientEnd(
  { socket, record }: SeenSocket,
  snapshot: PortSnapshot,
  served: ReadonlySet<number>,
): boolean {
  if (record.portFrom !== null || socket.state === 'syn-sent') return true;
  return !served.has(socket.netns) && isWithin(socket.local.port, snapshot.ephemeral);
}

function isWithin(port: number, { first, last }: PortSnapshot['ephemeral']): boolean {
  return port >= first && port <= last;
}

/** Sockets with the same key are one holder: same kind, same processes, same remedy. */
function claimKey(seen: SeenSocket, kind: HolderKind, blocks: boolean): string {
  const { netns, lifeline, kernel, unsupportedReason } = seen.socket;
  const pids = [...new Set(holdersOf(seen).map(({ pid }) => pid))].sort((a, b) => a - b);
  return [
    kind,
    netns,
    blocks,
    lifeline,
    kernel,
    isHidden(seen),
    kind === 'connection' && unsupportedReason !== null,
    pids,
  ].join('/');
}

function holdersOf({ socket }: SeenSocket): readonly Owner[] {
  return socket.owners.length > 0 ? socket.owners : socket.queuedFor;
}

function isHidden({ record, socket }: SeenSocket): boolean {
  return hasHiddenOwner(record, socket.owners);
}

function toHolder(
  claimed: readonly SeenSocket[],
  snapshot: PortSnapshot & HolderContext,
  served: ReadonlySet<number>,
): PortHolder | null {
  const [first] = claimed;
  if (!first) return null;
  const kind = kindOf(first, snapshot, served);
  const claim: Claim = {
    kind,
    sockets: claimed.map(({ socket }) => socket),
    owners: uniqueProcesses(claimed.flatMap(holdersOf)),
    hidden: isHidden(first),
    certain: first.record.portFrom !== null,
    elsewhere: first.socket.netns !== snapshot.netns,
    blocks: [...new Set(claimed.flatMap((seen) => blockedBy(seen, snapshot)))],
  };
  return {
    kind,
    sockets: claim.sockets,
    socketsLeftOut: 0,
    owners: claim.owners,
    blocks: claim.blocks,
    why: whyOf(claim, snapshot),
    remedy: remedy(claim, snapshot),
    respawn: null,
  };
}

function remedy({ kind, sockets, owners, hidden, blocks }: Claim, { seesEveryOwner }: HolderContext): Remedy {
  if (blocks.length === 0 || sockets.some(({ lifeline, kernel }) => lifeline || kernel)) return 'none';
  // The observer does not know a hidden owner. The agent could signal a listener's; whose a hidden connection is, only it knows.
  if (hidden) return remedyOf[kind] === 'signal' && !seesEveryOwner ? 'signal' : 'none';
  if (kind === 'connection' && sockets.some(({ unsupportedReason }) => unsupportedReason !== null))
    return owners.length > 0 ? 'signal' : 'none';
  return remedyOf[kind];
}

function reserved(port: number): PortHolder {
  return {
    kind: 'reserved',
    sockets: [],
    socketsLeftOut: 0,
    owners: [],
    blocks: [],
    why: whyReserved(port),
    remedy: remedyOf.reserved,
    respawn: null,
  };
}
