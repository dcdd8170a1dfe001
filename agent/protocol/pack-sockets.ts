/** Packs sockets that are objects, for changes of views and groups of them; of lists, the addon writes the columns. */

import { kernelStateOf, protocolNumbers } from './kernel-numbers';
import { sameEndpoint } from './keys';
import { type PackedProcess, type PackedSockets, rowFlag } from './packed-sockets';
import type { Container, Endpoint, Owner, Socket, Target } from './sockets';
import { unsupportedReason } from './unsupported-reason';

/** Items by number, each once. */
export class Numbers<Item> {
  readonly items: Item[] = [];
  readonly #numbers = new Map<string, number>();

  of(item: Item): number {
    const key = JSON.stringify(item);
    const known = this.#numbers.get(key) ?? this.items.push(item) - 1;
    this.#numbers.set(key, known);
    return known;
  }
}

/** All of a message, in order. `processes`: those that other parts of it name. */
export function packSockets(
  sockets: readonly Socket[],
  processes = new Numbers<PackedProcess>(),
): PackedSockets {
  const addresses = new Numbers<string>();
  const containers = new Numbers<Container>();
  const peers = sockets.flatMap(({ peer }) => peer ?? []);
  const others = sockets.flatMap((socket) => (kindOfPeer(socket) === 2 ? (socket.peer ?? []) : []));
  const owners = [
    ...sockets.flatMap(({ owners, queuedFor }) => [...owners, ...queuedFor]),
    ...peers.flatMap((peer) => peer.owners),
  ];
  const processOf = ({ pid, startTime, name, command }: Owner) =>
    processes.of([pid, startTime, name, command]);
  const addressOf = (end: Endpoint | null) => (end ? addresses.of(end.address) : 0);
  const portOf = (end: Endpoint | null) => end?.port ?? 0;
  const columns = {
    netns: sockets.map(({ netns }) => netns),
    cookie: sockets.map(({ cookie }) => cookie),
    protocol: sockets.map(({ protocol }) => protocolNumbers[protocol]),
    state: sockets.map(({ state }) => kernelStateOf(state)),
    flags: sockets.map(flagsOf),
    localAddress: sockets.map(({ local }) => addressOf(local)),
    localPort: sockets.map(({ local }) => portOf(local)),
    remoteAddress: sockets.map(({ remote }) => addressOf(remote)),
    remotePort: sockets.map(({ remote }) => portOf(remote)),
    uid: sockets.map(({ uid }) => uid),
    inode: sockets.map(({ inode }) => inode),
    container: sockets.map(({ container }) => (container ? containers.of(container) + 1 : 0)),
    ownersLeftOut: sockets.map(({ ownersLeftOut }) => ownersLeftOut),
    owners: sockets.map(({ owners }) => owners.length),
    queuedFor: sockets.map(({ queuedFor }) => queuedFor.length),
    peer: sockets.map(kindOfPeer),
    peerRow: [],
    peerCookie: peers.map(({ cookie }) => cookie),
    peerOwners: peers.map(({ owners }) => owners.length),
    peerNetns: others.map(({ netns }) => netns),
    peerProtocol: others.map(({ protocol }) => protocolNumbers[protocol]),
    peerLocalAddress: others.map(({ local }) => addressOf(local)),
    peerLocalPort: others.map(({ local }) => portOf(local)),
    peerRemoteAddress: others.map(({ remote }) => addressOf(remote)),
    peerRemotePort: others.map(({ remote }) => portOf(remote)),
    process: owners.map(processOf),
    fd: owners.map(({ fd }) => fd),
  };
  return {
    count: sockets.length,
    processes: processes.items,
    addresses: addresses.items,
    containers: containers.items,
    columns: shortened(columns),
  };
}

/** As columns are: one number where all are the same, and nothing where there are none. */
function shortened(
  columns: Readonly<Record<string, readonly (number | string)[]>>,
): PackedSockets['columns'] {
  const short = Object.entries(columns).map(([name, values]) => [
    name,
    values.every((value) => value === values[0]) ? values[0] : values,
  ]);
  return Object.fromEntries(short);
}

function flagsOf({ family, state, lifeline, kernel, unsupportedReason: reason }: Socket): number {
  const isPath = reason !== null && reason === unsupportedReason('tcp', state, true);
  return (
    (family === 'ipv6' ? rowFlag.ipv6 : 0) |
    (lifeline ? rowFlag.lifeline : 0) |
    (kernel ? rowFlag.kernel : 0) |
    (isPath ? rowFlag.mptcpPath : 0)
  );
}

/** As in Columns; of those that are objects, none is looked for among the others. */
function kindOfPeer(socket: Socket): 0 | 1 | 2 {
  if (!socket.peer) return 0;
  return isMirrored(socket.peer, socket) ? 1 : 2;
}

function isMirrored(peer: Target, { netns, protocol, local, remote }: Target): boolean {
  return (
    peer.netns === netns &&
    peer.protocol === protocol &&
    sameEndpoint(peer.local, remote) &&
    sameEndpoint(peer.remote, local)
  );
}
