/** From Node 24 on, libuv opens io_uring rings before any JavaScript runs: through them, system calls pass by seccomp. */

import { readdirSync, readlinkSync } from 'node:fs';
import { restartWithoutIoUring } from '../broker-link/native';
import { handedSocket } from './activation';

const lastStandardStream = 2;

/** Starts this program again where it has rings; it then has none. Its pid stays. UV_USE_IO_URING=0 does not prevent them all. */
export function leaveIoUring(): void {
  if (!readdirSync('/proc/self/fd').some(isRing)) return;
  // The desktop's program is the editor without it.
  if (process.versions.electron) process.env.ELECTRON_RUN_AS_NODE = '1';
  restartWithoutIoUring(process.execPath, handedSocket() ?? lastStandardStream);
}

function isRing(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
  } catch {
    return false; // the descriptor of the folder itself is closed
  }
}
