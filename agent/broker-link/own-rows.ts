/** Rows of an observer: the sockets of its own network namespace by sock_diag, and owners by /proc. */

import { layout } from './native';
import { decodeU64 } from './records';

const { size, offsets } = layout.socket_record;

/** What a row says of an owner. */
const ownerFields = [
  { at: offsets.start_time, size: 8 },
  { at: offsets.pid, size: 4 },
  { at: offsets.fd, size: 4 },
  { at: offsets.owner_uid, size: 4 },
  { at: offsets.name, size: 16 },
] as const;

/** Both are socket_record[]. One row for each owner of a socket, or without one; all are in `netns`. */
export function withOwners(sockets: Buffer, owners: Buffer, netns: number): Buffer {
  const starts = startsByInode(owners);
  const rows: Buffer[] = [];
  for (let at = 0; at + size <= sockets.length; at += size) {
    const socket = sockets.subarray(at, at + size);
    socket.writeUInt32LE(netns, offsets.netns);
    const inode = decodeU64(socket, offsets.inode);
    const held = inode === '0' ? [] : (starts.get(inode) ?? []);
    if (held.length === 0) rows.push(socket);
    for (const start of held) rows.push(withOwner(socket, owners.subarray(start, start + size)));
  }
  return Buffer.concat(rows);
}

function startsByInode(owners: Buffer): Map<string, number[]> {
  const starts = new Map<string, number[]>();
  for (let at = 0; at + size <= owners.length; at += size) {
    if (owners.readUInt32LE(at + offsets.pid) === 0) continue;
    const inode = decodeU64(owners, at + offsets.inode);
    const known = starts.get(inode);
    if (known) known.push(at);
    else starts.set(inode, [at]);
  }
  return starts;
}

function withOwner(socket: Buffer, owner: Buffer): Buffer {
  const row = Buffer.from(socket);
  for (const field of ownerFields) owner.copy(row, field.at, field.at, field.at + field.size);
  return row;
}
