/** Decodes how connections end, as the kernel's events report it. */

import type { SocketId } from '../protocol';
import { constants, layout } from './native';

/** The events of one socket since the last listing, merged. */
export interface EndRecord extends SocketId {
  /** Its owner closed it first. */
  readonly here: boolean;
  /** Its peer closed it first. */
  readonly peer: boolean;
  /** Closed because the owner was ending. */
  readonly exiting: boolean;
  /** The peer's RST arrived. */
  readonly reset: boolean;
  /** This agent's broker destroyed it. */
  readonly ours: boolean;
  /** Positive errno (sk_err); 0: none. */
  readonly errno: number;
}

export function decodeEnds(bytes: Buffer, count: number): EndRecord[] {
  const { size, offsets } = layout.socket_end;
  const { here, peer, exiting, reset, ours } = constants.endFlag;
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    const flags = bytes.readUInt16LE(at + offsets.flags);
    return {
      netns: bytes.readUInt32LE(at + offsets.netns),
      cookie: bytes.readBigUInt64LE(at + offsets.cookie).toString(),
      here: (flags & here) !== 0,
      peer: (flags & peer) !== 0,
      exiting: (flags & exiting) !== 0,
      reset: (flags & reset) !== 0,
      ours: (flags & ours) !== 0,
      errno: bytes.readUInt16LE(at + offsets.error),
    };
  });
}
