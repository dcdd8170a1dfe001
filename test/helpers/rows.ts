/** Rows of listings, as the broker sends them, and what the addon makes of them. */

import { JoinedRows } from '../../agent/broker-link/joined-rows';
import type { KernelListing } from '../../agent/broker-link/list-records';
import { constants, layout } from '../../agent/broker-link/native';
import { AF_INET, AF_INET6, type OwnerRecord, type SocketRecord } from '../../agent/broker-link/records';
import {
  addressBytes,
  type Endpoint,
  kernelStateOf,
  nothingLeftOut,
  protocolNumbers,
  type Socket,
} from '../../agent/protocol';
import { socket } from './sockets';

export interface RowSocket extends Omit<Socket, 'owners'> {
  readonly owners: readonly OwnerRecord[];
  readonly sent: number;
  readonly received: number;
  /** A path of an MPTCP connection. */
  readonly mptcp: boolean;
}

export interface ListedSocket {
  readonly record: SocketRecord;
  readonly owners: readonly OwnerRecord[];
}

const { size, offsets } = layout.socket_record;

export function ownerRecord(name: string, pid: number, more: Partial<OwnerRecord> = {}): OwnerRecord {
  return { pid, startTime: '1', fd: 3, name, uid: 1000, ...more };
}

/** As `socket` of sockets.ts, with owners and sequence numbers. */
export function rowSocket(local: string, remote: string | null, more: Partial<RowSocket> = {}): RowSocket {
  const { owners = [], sent = 0, received = 0, mptcp = false, ...rest } = more;
  return { ...socket(local, remote, rest), owners, sent, received, mptcp };
}

/** socket_record[]: of each socket one row for each owner, or one without. */
function rowsOf(sockets: readonly RowSocket[]): Buffer {
  return Buffer.concat(
    sockets.flatMap((one) =>
      one.owners.length > 0 ? one.owners.map((owner) => rowOf(one, owner)) : [rowOf(one, null)],
    ),
  );
}

/** `before`: the sockets of the listing before. */
export async function joined(
  sockets: readonly RowSocket[],
  before: JoinedRows | null = null,
): Promise<JoinedRows> {
  return JoinedRows.of(rowsOf(sockets), before);
}

/** A listing of these sockets. */
export async function listingOf(
  sockets: readonly RowSocket[],
  before: JoinedRows | null = null,
): Promise<KernelListing> {
  const rows = await joined(sockets, before);
  return { rows, namespaces: [], ends: [], lostEvents: 0, leftOut: nothingLeftOut };
}

/** The sockets of a listing. */
export function socketsOf({ rows }: Pick<KernelListing, 'rows'>): ListedSocket[] {
  return rows
    .records()
    .map((record, number) => ({ record, owners: rows.owners(number).map(({ owner }) => owner) }));
}

function rowOf(one: RowSocket, owner: OwnerRecord | null): Buffer {
  const row = Buffer.alloc(size);
  row.writeBigUInt64LE(BigInt(one.cookie), offsets.cookie);
  row.writeBigUInt64LE(BigInt(one.inode), offsets.inode);
  row.writeUInt32LE(one.netns, offsets.netns);
  row.writeUInt32LE(one.uid, offsets.uid);
  row.writeUInt16LE(one.family === 'ipv4' ? AF_INET : AF_INET6, offsets.family);
  row.writeUInt16LE(protocolNumbers[one.protocol], offsets.protocol);
  writeEnd(row, one.local, offsets.local_address, offsets.local_port);
  if (one.remote) writeEnd(row, one.remote, offsets.remote_address, offsets.remote_port);
  row.writeUInt8(kernelStateOf(one.state), offsets.state);
  row.writeUInt8(one.mptcp ? constants.flag.mptcp : 0, offsets.flags);
  row.writeUInt16LE(one.ownersLeftOut, offsets.owners_left_out);
  row.writeUInt32LE(one.sent, offsets.snd_nxt);
  row.writeUInt32LE(one.received, offsets.rcv_nxt);
  row.writeInt32LE(-1, offsets.fd);
  if (owner) writeOwner(row, owner);
  return row;
}

function writeOwner(row: Buffer, owner: OwnerRecord): void {
  row.writeUInt32LE(owner.pid, offsets.pid);
  row.writeInt32LE(owner.fd, offsets.fd);
  row.writeUInt32LE(owner.uid, offsets.owner_uid);
  row.writeBigUInt64LE(BigInt(owner.startTime), offsets.start_time);
  row.write(owner.name, offsets.name, 16);
}

function writeEnd(row: Buffer, { address, port }: Endpoint, addressAt: number, portAt: number): void {
  row.set(addressBytes(address) ?? [], addressAt);
  row.writeUInt16LE(port, portAt);
}
