/** Descriptors that whoever started a process of root has left open: what goes on under another uid is not to have root's files. */

import { closeSync, fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Tty from 'node:tty';

const lastStandardStream = 2;
/** Of systemd's socket activation. */
const handedOver = 3;

/**
 * Closes them. Call it before anything is opened: what Node.js has opened for itself by then are three sorts of anonymous files, pipes
 * with both ends here, and terminals anew. Close-on-exec tells nothing, as Node.js sets it on what it inherits as well. An editor's
 * program opens more, and sudo, which starts that one, has closed what it would inherit.
 */
export function closeInherited(): void {
  if (process.versions.electron || process.channel) return;
  const kept = process.env.LISTEN_PID === String(process.pid) ? handedOver : lastStandardStream;
  const opened = openFiles();
  const targets = opened.map(({ target }) => target);
  const isOwn = ({ fd, target }: OpenFile) =>
    /^anon_inode:\[(eventpoll|eventfd|io_uring)\]$/.test(target) ||
    (target.startsWith('pipe:') && targets.indexOf(target) !== targets.lastIndexOf(target)) ||
    isTerminal(fd, target);
  for (const file of opened) if (file.fd > kept && !isOwn(file)) closeSync(file.fd);
}

/** Loads node:tty, and so node:net, only where it may be one: that takes milliseconds of a start. */
function isTerminal(fd: number, target: string): boolean {
  if (target === '/dev/null' || !fstatSync(fd).isCharacterDevice()) return false;
  const { isatty }: typeof Tty = createRequire(__filename)('node:tty');
  return isatty(fd);
}

interface OpenFile {
  readonly fd: number;
  readonly target: string;
}

/** None where there is no /proc. */
function openFiles(): OpenFile[] {
  const folder = '/proc/self/fd';
  try {
    return readdirSync(folder).flatMap((fd) => openFile(folder, fd));
  } catch {
    return [];
  }
}

function openFile(folder: string, fd: string): OpenFile[] {
  try {
    return [{ fd: Number(fd), target: readlinkSync(`${folder}/${fd}`) }];
  } catch {
    return []; // the descriptor of the folder itself is closed
  }
}
