/** What the connect hooks report, and what they leave out. */

import { layout } from './native';
import type { Endpoint, Protocol } from './protocol';
import { decodeAddress, decodeProtocol, protocolNumbers } from './records';

/** What the hook leaves out already; absent parts let everything through. */
export interface ConnectFilter {
  readonly protocol?: Protocol;
  readonly remotePort?: number;
}

/** A connect() that the hook saw. */
export interface ConnectRecord {
  readonly netns: number;
  readonly cookie: string;
  readonly pid: number;
  readonly uid: number;
  readonly protocol: Protocol;
  readonly remote: Endpoint;
}

export function decodeConnect(bytes: Buffer): ConnectRecord {
  const { offsets } = layout.connect_record;
  const family = bytes.readUInt16LE(offsets.family);
  return {
    netns: bytes.readUInt32LE(offsets.netns),
    cookie: bytes.readBigUInt64LE(offsets.cookie).toString(),
    pid: bytes.readUInt32LE(offsets.pid),
    uid: bytes.readUInt32LE(offsets.uid),
    protocol: decodeProtocol(bytes.readUInt16LE(offsets.protocol)),
    remote: {
      address: decodeAddress(bytes, offsets.remote_address, family),
      port: bytes.readUInt16LE(offsets.remote_port),
    },
  };
}

export function encodeConnectFilter({ protocol, remotePort }: ConnectFilter): Buffer {
  const { size, offsets } = layout.connect_filter;
  const bytes = Buffer.alloc(size);
  if (protocol) bytes.writeUInt16LE(protocolNumbers[protocol], offsets.protocol);
  if (remotePort !== undefined) bytes.writeUInt16LE(remotePort, offsets.remote_port);
  return bytes;
}
