/** Records of connections, as the broker sends them. */

import { connectionSize } from '../../agent/broker-link/history-records';
import { constants, layout } from '../../agent/broker-link/native';

const { offsets } = layout.connection_event;

export interface MadeConnection {
  readonly cookie: number;
  readonly kind?: 'opened' | 'failed' | 'ended';
  readonly direction?: 'out' | 'in';
  readonly unsent?: boolean;
  /** Milliseconds. */
  readonly at?: number;
  readonly began?: number;
  readonly opened?: number;
  readonly netns?: number;
  readonly pid?: number;
  /** IPv4 addresses in the loopback network, by their last three bytes. */
  readonly local?: readonly [address: number, port: number];
  readonly remote?: readonly [address: number, port: number];
}

export function connectionRecord(made: MadeConnection): Buffer {
  const { cookie, kind = 'ended', direction = 'out', at = 2000, began = 1000, opened = 1000 } = made;
  const { local = [1, 40_000], remote = [1, 80], netns = 1, pid = 0, unsent = false } = made;
  const bytes = Buffer.alloc(connectionSize);
  bytes.writeBigUInt64LE(BigInt(cookie), offsets.cookie);
  bytes.writeUInt8(constants.connectionKind[kind], offsets.kind);
  const { connectionFlag: flag } = constants;
  bytes.writeUInt8(flag[direction] | (unsent ? flag.unsent : 0), offsets.flags);
  for (const [offset, ms] of [
    [offsets.at_ns, at],
    [offsets.began_ns, began],
    [offsets.opened_ns, opened],
  ] as const)
    bytes.writeBigUInt64LE(BigInt(Math.round(ms * 1e6)), offset);
  bytes.writeUInt32LE(netns, offsets.netns);
  bytes.writeUInt32LE(pid, offsets.pid);
  bytes.writeUInt16LE(2, offsets.family);
  bytes.writeUInt32BE(0x7f000000 + local[0], offsets.local_address);
  bytes.writeUInt32BE(0x7f000000 + remote[0], offsets.remote_address);
  bytes.writeUInt16LE(local[1], offsets.local_port);
  bytes.writeUInt16LE(remote[1], offsets.remote_port);
  return bytes;
}
