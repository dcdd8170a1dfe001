/** Encodes requests for bind trials (bind_request), and decodes their results (bind_record). */

import { errnoName } from '../common/wording';
import { addressBytes, type BindTrial, type PortProtocol, protocolNumbers } from '../protocol';
import { layout } from './native';
import { AF_INET, AF_INET6, decodeAddress } from './records';

/** A port of one network namespace. */
export interface PortPlace {
  readonly netns: number;
  readonly port: number;
  readonly protocol: PortProtocol;
}

/** `address`: absent for the wildcard and loopback addresses of both families. */
export function encodeBindRequest({ netns, port, protocol }: PortPlace, address?: string): Buffer {
  const { size, offsets } = layout.bind_request;
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(netns, offsets.netns);
  bytes.writeUInt16LE(port, offsets.port);
  bytes.writeUInt16LE(protocolNumbers[protocol], offsets.protocol);
  const ofAddress = address === undefined ? null : addressBytes(address);
  if (!ofAddress) return bytes;
  bytes.set(ofAddress, offsets.address);
  bytes.writeUInt16LE(ofAddress.length === 4 ? AF_INET : AF_INET6, offsets.family);
  return bytes;
}

export function decodeBinds(bytes: Buffer, netns: number): BindTrial[] {
  const { size, offsets } = layout.bind_record;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const at = index * size;
    const errno = bytes.readInt32LE(at + offsets.error);
    return {
      netns,
      address: decodeAddress(bytes, at + offsets.address, bytes.readUInt16LE(at + offsets.family)),
      reuseaddr: bytes.readUInt8(at + offsets.reuseaddr) === 1,
      error: errno === 0 ? null : errnoName(errno),
    };
  });
}
