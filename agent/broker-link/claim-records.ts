/** Who asks, in front of each request that acts. The broker believes none of it, and writes it down as claimed. */

import { constants, layout } from './native';

/** The client, and the method that it called. */
export interface Caller {
  readonly method: string;
  /** As the kernel recorded it at connect(). */
  readonly client: { readonly uid: number; readonly pid: number };
}

export function encodeClaim({ method, client }: Caller): Buffer {
  const { size, offsets } = layout.claimed_client;
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(client.uid, offsets.uid);
  bytes.writeUInt32LE(client.pid, offsets.pid);
  bytes.writeUInt32LE(constants.claimedMethod[method] ?? 0, offsets.method);
  return bytes;
}
