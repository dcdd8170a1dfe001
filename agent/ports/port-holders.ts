/** Who stands in the way of a port, from one look at all sockets: what each holder is, and what would take it away. */

import { basename } from 'node:path';
import type { SeenSocket } from '../inventory/inventory';
import { isOutOfSight } from '../inventory/lifeline';
import {
  type HolderKind,
  isClosed,
  type Owner,
  type PortHolder,
  type PortProtocol,
  type Remedy,
  uniqueProcesses,
} from '../protocol';
import { type Claim, type Surroundings, whyOf, whyReserved } from './port-reasons';

/** What a port is looked for in. */
export interface PortView extends Omit<Surroundings, 'hasIpv4'> {
  readonly protocol: PortProtocol;
  readonly sockets: readonly SeenSocket[];
  /** Ports that the kernel chooses clients' ends from (net.ipv4.ip_local_port_range). */
  readonly ephemeral: { readonly first: number; readonly last: number };
  /** This client's programs may not bind it for want of a privilege. */
  readonly reserved: boolean;
}

/** Programs that hold a port for a container of theirs, by their own name or the one that they were started by. */
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
  connection: 'destroy',
  orphan: 'destroy',
  'time-wait': 'destroy',
  client: 'none',
  published: 'stop-container',
  reserved: 'none',
};

/** Those of the namespace that is asked about first, in the order of the kinds above. */
export function portHolders(view: PortView): PortHolder[] {
  const sockets = view.sockets.filter((seen) => isOnPort(seen, view));
  const served = new Set(sockets.filter(({ socket }) => socket.state === 'listen').map(netnsOf));
  const claims = new Map<string, SeenSocket[]>();
  for (const seen of sockets) {
    const key = claimKey(seen, kindOf(seen, view, served));
    const claimed = claims.get(key);
    if (claimed) claimed.push(seen);
    else claims.set(key, [seen]);
  }
  const ofAsked = sockets.filter((seen) => netnsOf(seen) === view.netns);
  const around = { ...view, hasIpv4: ofAsked.some(({ socket }) => socket.family === 'ipv4') };
  const holders = [...claims.values()].flatMap((claimed) => toHolder(claimed, around, served) ?? []);
  if (view.reserved && ofAsked.length === 0) holders.push(reserved(view.port));
  const order = Object.keys(remedyOf);
  const rank = ({ kind, sockets: [socket] }: PortHolder) =>
    (socket && socket.netns !== view.netns ? order.length : 0) + order.indexOf(kind);
  return holders.sort((a, b) => rank(a) - rank(b));
}

function netnsOf({ socket }: SeenSocket): number {
  return socket.netns;
}

/** A path of an MPTCP socket is left out where that is known of it: the socket above it has the same port and owners. */
function isOnPort({ socket, record }: SeenSocket, { port, protocol }: PortView): boolean {
  const sameSpace = socket.protocol === protocol || (protocol === 'tcp' && socket.protocol === 'mptcp');
  return sameSpace && !record.mptcp && socket.local.port === port && !isClosed(socket);
}

function kindOf(seen: SeenSocket, view: PortView, served: ReadonlySet<number>): Claim['kind'] {
  const { socket } = seen;
  if (socket.state === 'time-wait') return 'time-wait';
  if (socket.protocol === 'udp') return udpKind(seen, view);
  if (socket.state === 'listen' || socket.state === 'bound')
    return isPublished(seen) ? 'published' : socket.state === 'listen' ? 'listener' : 'bound';
  if (socket.inode === '0') return isServers(seen, served) ? 'connection' : 'orphan';
  return isClients(seen, view, served) ? 'client' : 'connection';
}

function udpKind(seen: SeenSocket, { ephemeral }: PortView): Claim['kind'] {
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

/** A connection without a file: it waits to be accepted, or its process has closed it. */
function isServers({ socket }: SeenSocket, served: ReadonlySet<number>): boolean {
  const accepts =
    socket.state === 'established' || socket.state === 'close-wait' || socket.state === 'syn-recv';
  return accepts && (socket.queuedFor.length > 0 || served.has(socket.netns));
}

/**
 * A client's end must never be taken for a server's, since a server's is destroyed. Known are those whose port the kernel
 * chose, and those that have one by bind(): what a listener took never has. Else (the observer; before Linux 6.18 also where
 * somebody tried to bind the port; a client that bound port 0) a listener on the port tells, as the kernel gives no client the
 * port of one; and without a listener, doubt means client wherever the kernel might have chosen the port.
 */
function isClients({ socket, record }: SeenSocket, view: PortView, served: ReadonlySet<number>): boolean {
  if (record.portFrom !== null || socket.state === 'syn-sent') return true;
  return !served.has(socket.netns) && isWithin(socket.local.port, view.ephemeral);
}

function isWithin(port: number, { first, last }: PortView['ephemeral']): boolean {
  return port >= first && port <= last;
}

/** Sockets of one kind that the same processes hold, and that may be treated alike, are one holder. */
function claimKey(seen: SeenSocket, kind: HolderKind): string {
  const { netns, lifeline, kernel, obstacle } = seen.socket;
  const pids = [...new Set(holdersOf(seen).map(({ pid }) => pid))].sort((a, b) => a - b);
  return [
    kind,
    netns,
    lifeline,
    kernel,
    isHidden(seen),
    kind === 'connection' && obstacle !== null,
    pids,
  ].join('/');
}

function holdersOf({ socket }: SeenSocket): readonly Owner[] {
  return socket.owners.length > 0 ? socket.owners : socket.queuedFor;
}

function isHidden({ record, socket }: SeenSocket): boolean {
  return isOutOfSight(record, socket.owners);
}

function toHolder(
  claimed: readonly SeenSocket[],
  view: PortView & Surroundings,
  served: ReadonlySet<number>,
): PortHolder | null {
  const [first] = claimed;
  if (!first) return null;
  const kind = kindOf(first, view, served);
  const claim: Claim = {
    kind,
    sockets: claimed.map(({ socket }) => socket),
    owners: uniqueProcesses(claimed.flatMap(holdersOf)),
    hidden: isHidden(first),
    certain: first.record.portFrom !== null,
    elsewhere: first.socket.netns !== view.netns,
  };
  return {
    kind,
    sockets: claim.sockets,
    owners: claim.owners,
    why: whyOf(claim, view),
    remedy: remedy(claim, view),
    respawn: null,
  };
}

function remedy(
  { kind, sockets, owners, hidden, elsewhere }: Claim,
  { seesEveryOwner }: Surroundings,
): Remedy {
  if (elsewhere || sockets.some(({ lifeline, kernel }) => lifeline || kernel)) return 'none';
  // The agent can tell who it is that has to end; what a connection out of sight is for, only it knows.
  if (hidden) return remedyOf[kind] === 'signal' && !seesEveryOwner ? 'signal' : 'none';
  if (kind === 'connection' && sockets.some(({ obstacle }) => obstacle !== null))
    return owners.length > 0 ? 'signal' : 'none';
  return remedyOf[kind];
}

function reserved(port: number): PortHolder {
  return {
    kind: 'reserved',
    sockets: [],
    owners: [],
    why: whyReserved(port),
    remedy: remedyOf.reserved,
    respawn: null,
  };
}
