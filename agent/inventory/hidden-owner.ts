/** Sockets that a process holds which the agent cannot see: of an outer pid namespace, or the kernel itself. */

import type { SocketRecord } from '../broker-link/records';
import { kernelState } from '../protocol';

/** It has a file, yet no visible process holds it. */
export function hasHiddenOwner(record: SocketRecord, owners: readonly unknown[]): boolean {
  return owners.length === 0 && record.inode !== '0' && record.kernelState !== kernelState.timeWait;
}
