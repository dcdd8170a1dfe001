/** Unix sockets of this network namespace that somebody listens on. */

import { readFileSync } from 'node:fs';

interface UnixListener {
  /** Of the socket, which is another one than that of its file. */
  readonly inode: number;
  /** As it was bound. */
  readonly path: string;
}

/** Of linux/net.h: __SO_ACCEPTCON. */
const acceptsConnections = 0x10000;

/** `Num: RefCount Protocol Flags Type St Inode Path`, numbers in base 16 but the inode's. */
const line = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +(\d+) (.+)$/gm;
const streamType = 1;

/** Those of streams. */
export function unixListeners(): UnixListener[] {
  const rows = [...readFileSync('/proc/net/unix', 'utf8').matchAll(line)];
  return rows
    .filter(([, flags, type]) => (hex(flags) & acceptsConnections) !== 0 && hex(type) === streamType)
    .map(([, , , inode, path = '']) => ({ inode: Number(inode), path }));
}

function hex(digits = ''): number {
  return Number.parseInt(digits, 16);
}
