/**
 * A listing as the broker sends it: connections on loopback between processes that hold an end each. Made, not read from the
 * kernel, so that every run has the same bytes; with the addon's offsets, so that it stays a listing when a record changes.
 */

import { layout } from '../../agent/broker-link/native';
import { AF_INET } from '../../agent/broker-link/records';
import { protocolNumbers } from '../../agent/protocol';

/** Of all sockets. */
export const place = { netns: 4_026_531_840, uid: 1000 };

const established = 1;
const processes = 50;
/** Above the largest that the kernel gives: of a process that happens to run, nothing is read. */
const firstPid = 5_000_000;
const serverPort = 443;
const firstPort = 10_000;
/** Between the cookie of a socket and its inode. */
const inodes = 1_000_000;

const { size, offsets } = layout.socket_record;

/** What all rows have in common. */
function template(): Buffer {
  const row = Buffer.alloc(size);
  row.writeUInt32LE(1000, offsets.start_time);
  row.writeUInt32LE(place.netns, offsets.netns);
  row.writeUInt32LE(place.uid, offsets.uid);
  row.writeUInt32LE(place.uid, offsets.owner_uid);
  row.writeUInt16LE(AF_INET, offsets.family);
  row.writeUInt16LE(protocolNumbers.tcp, offsets.protocol);
  row.set([127, 0, 0, 1], offsets.local_address);
  row.set([127, 0, 0, 1], offsets.remote_address);
  row.writeUInt8(established, offsets.state);
  row.write('program', offsets.name);
  return row;
}

interface End {
  readonly pid: number;
  readonly ports: readonly [local: number, remote: number];
  readonly sequence: readonly [sent: number, received: number];
}

function writeEnd(bytes: Buffer, index: number, { pid, ports, sequence }: End): void {
  const at = index * size;
  bytes.writeUInt32LE(index + 1, at + offsets.cookie);
  bytes.writeUInt32LE(index + 1 + inodes, at + offsets.inode);
  bytes.writeUInt32LE(firstPid + pid, at + offsets.pid);
  bytes.writeInt32LE(index, at + offsets.fd);
  bytes.writeUInt16LE(ports[0], at + offsets.local_port);
  bytes.writeUInt16LE(ports[1], at + offsets.remote_port);
  bytes.writeUInt32LE(sequence[0], at + offsets.snd_nxt);
  bytes.writeUInt32LE(sequence[1], at + offsets.rcv_nxt);
}

/** `count`: even, and at most 100,000. */
export function makeRows(count: number): Buffer {
  const row = template();
  const bytes = Buffer.from(new ArrayBuffer(count * size)).fill(row);
  for (let number = 0; number < count / 2; number++) {
    const [client, pid] = [firstPort + number, number % (processes / 2)];
    const [sent, received] = [7 * number + 1, 11 * number + 1];
    writeEnd(bytes, 2 * number, { pid, ports: [client, serverPort], sequence: [sent, received] });
    const server = {
      pid: pid + processes / 2,
      ports: [serverPort, client],
      sequence: [received, sent],
    } as const;
    writeEnd(bytes, 2 * number + 1, server);
  }
  return bytes;
}
