/** Sockets as they cross the wire: rows of numbers and short words, and what repeats once a message. */

import {
  type Container,
  type Endpoint,
  type Owner,
  type Peer,
  protocols,
  type Socket,
  states,
  type Target,
} from './sockets';

export interface PackedSockets {
  /** By pid. */
  readonly processes: Readonly<Record<string, PackedProcess>>;
  readonly containers: readonly PackedContainer[];
  readonly rows: readonly PackedSocket[];
}

export type PackedProcess = readonly [startTime: string, name: string, command: string];

export interface PackedContainer extends Container {
  /** Indices of the rows that are in it. */
  readonly rows: readonly number[];
}

/** Indices into `protocols` and `states`; flags as below. */
export type PackedSocket = readonly [
  netns: number,
  cookie: string,
  protocol: number,
  state: number,
  flags: number,
  localAddress: string,
  localPort: number,
  /** Null: it has no remote end. */
  remoteAddress: string | null,
  remotePort: number,
  uid: number,
  inode: string,
  owners: PackedOwners,
  ownersLeftOut: number,
  queuedFor: PackedOwners,
  peer: PackedPeer | null,
  unsupportedReason: string | null,
];

/** `pid, fd, pid, fd, ...` of `processes`. An owner that is not as it stands there is whole. */
type PackedOwners = readonly (number | Owner)[];

/** Mostly the mirrored tuple in the same network namespace; else whole. */
type PackedPeer = readonly [cookie: string, owners: PackedOwners] | Peer;

const flag = { ipv6: 1, lifeline: 2, kernel: 4 } as const;

const protocolIndex = new Map(protocols.map((protocol, index) => [protocol, index]));
const stateIndex = new Map(states.map((state, index) => [state, index]));

/** All of a message, in order. */
export function packSockets(sockets: readonly Socket[]): PackedSockets {
  const processes: Record<string, PackedProcess> = {};
  const containers = new Map<string, Container & { readonly rows: number[] }>();
  const isKnown = ({ pid, startTime, name, command }: Owner) => {
    processes[pid] ??= [startTime, name, command];
    const known = processes[pid];
    return known[0] === startTime && known[1] === name && known[2] === command;
  };
  const rows = sockets.map((socket, row) => {
    const { container } = socket;
    if (container) {
      const known = containers.get(container.id);
      if (known) known.rows.push(row);
      else containers.set(container.id, { ...container, rows: [row] });
    }
    return packSocket(socket, isKnown);
  });
  return { processes, containers: [...containers.values()], rows };
}

/** Without its container. `isKnown`: whether an owner is among the processes of the message, just so. */
export function packSocket(socket: Socket, isKnown: (owner: Owner) => boolean): PackedSocket {
  const { local, remote, peer } = socket;
  return [
    socket.netns,
    socket.cookie,
    protocolIndex.get(socket.protocol) ?? 0,
    stateIndex.get(socket.state) ?? 0,
    (socket.family === 'ipv6' ? flag.ipv6 : 0) |
      (socket.lifeline ? flag.lifeline : 0) |
      (socket.kernel ? flag.kernel : 0),
    local.address,
    local.port,
    remote?.address ?? null,
    remote?.port ?? 0,
    socket.uid,
    socket.inode,
    packOwners(socket.owners, isKnown),
    socket.ownersLeftOut,
    packOwners(socket.queuedFor, isKnown),
    peer && packPeer(peer, socket, isKnown),
    socket.unsupportedReason,
  ];
}

function packOwners(owners: readonly Owner[], isKnown: (owner: Owner) => boolean): PackedOwners {
  const packed: (number | Owner)[] = [];
  for (const owner of owners)
    if (isKnown(owner)) packed.push(owner.pid, owner.fd);
    else packed.push(owner);
  return packed;
}

function packPeer(peer: Peer, socket: Target, isKnown: (owner: Owner) => boolean): PackedPeer {
  return isMirrored(peer, socket) ? [peer.cookie, packOwners(peer.owners, isKnown)] : peer;
}

function isMirrored(peer: Target, { netns, protocol, local, remote }: Target): boolean {
  return (
    peer.netns === netns &&
    peer.protocol === protocol &&
    isSameEndpoint(peer.local, remote) &&
    isSameEndpoint(peer.remote, local)
  );
}

function isSameEndpoint(a: Endpoint | null, b: Endpoint | null): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}

/** The sockets of a message, in order. */
export function unpackSockets({ processes, containers, rows }: PackedSockets): Socket[] {
  const containerOf = new Map(
    containers.flatMap(({ id, runtime, name, rows: inside }) =>
      inside.map((row) => [row, { id, runtime, name }] as const),
    ),
  );
  return rows.map((row, index) => unpackSocket(row, processes, containerOf.get(index) ?? null));
}

function unpackSocket(
  row: PackedSocket,
  processes: PackedSockets['processes'],
  container: Container | null,
): Socket {
  const [netns, cookie, protocolAt, stateAt, flags] = row;
  const protocol = protocols[protocolAt] ?? 'raw';
  const local = { address: row[5], port: row[6] };
  const remote = row[7] === null ? null : { address: row[7], port: row[8] };
  return {
    netns,
    cookie,
    protocol,
    local,
    remote,
    family: flags & flag.ipv6 ? 'ipv6' : 'ipv4',
    state: states[stateAt] ?? 'close',
    uid: row[9],
    inode: row[10],
    owners: unpackOwners(row[11], processes),
    ownersLeftOut: row[12],
    queuedFor: unpackOwners(row[13], processes),
    peer: row[14] && unpackPeer(row[14], { netns, cookie, protocol, local, remote }, processes),
    container,
    lifeline: (flags & flag.lifeline) !== 0,
    kernel: (flags & flag.kernel) !== 0,
    unsupportedReason: row[15],
  };
}

function unpackOwners(packed: PackedOwners, processes: PackedSockets['processes']): readonly Owner[] {
  if (packed.length === 0) return [];
  const owners: Owner[] = [];
  for (let at = 0; at < packed.length; at++) {
    const pid = packed[at] as number | Owner;
    if (typeof pid !== 'number') {
      owners.push(pid);
      continue;
    }
    const [startTime = '', name = '', command = ''] = processes[pid] ?? [];
    owners.push({ pid, startTime, fd: packed[++at] as number, name, command });
  }
  return owners;
}

function unpackPeer(packed: PackedPeer, socket: Target, processes: PackedSockets['processes']): Peer {
  if ('cookie' in packed) return packed;
  const [cookie, owners] = packed;
  return {
    netns: socket.netns,
    cookie,
    protocol: socket.protocol,
    // A mirrored peer has a remote end, and so has its socket.
    local: socket.remote as Endpoint,
    remote: socket.local,
    owners: unpackOwners(owners, processes),
  };
}
