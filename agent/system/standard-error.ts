/**
 * Standard error that never blocks. A terminal that is stopped (Ctrl-S), or a pipe that nobody reads, would otherwise hold up
 * every client: Node writes to terminals synchronously.
 */

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';

/** Bytes that may wait where standard error is a socket, such as the journal's. */
const maxWaiting = 64 * 1024;

/** For everything that this process prints from now on. Lines that do not fit are dropped and counted. */
export function useNonBlockingStandardError(): void {
  const write = nonBlockingWriter();
  let dropped = 0;
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      const note = dropped > 0 ? `(${dropped} lines could not be printed)\n` : '';
      if (write(`${note}${chunk}`)) dropped = 0;
      else dropped += 1;
      done();
    },
  });
  Object.defineProperty(process, 'stderr', { value: stream, configurable: true });
}

/**
 * Call when the process ends. Node then sets its terminals as it found them, and aborts where one has hung up (node::ResetStdio);
 * it leaves descriptors alone that are another file by now.
 */
export function leaveTerminals(): void {
  for (const fd of [0, 1, 2]) {
    if (!fstatSync(fd).isCharacterDevice()) continue;
    closeSync(fd);
    openSync('/dev/null', 'r+'); // The lowest free number: this one.
  }
}

/** False: it did not fit, or nobody is left to read it. */
type Write = (text: string) => boolean;

function nonBlockingWriter(): Write {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY, O_APPEND } = constants;
  try {
    // A file cannot be slow, and its offset is shared with whoever writes to it as well.
    if (fstatSync(2).isFile()) return (text) => tryWrite(2, text);
    // Opened anew: the flags of the inherited description are the shell's as well.
    const fd = openSync('/proc/self/fd/2', O_WRONLY | O_NONBLOCK | O_NOCTTY | O_APPEND);
    return (text) => tryWrite(fd, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO') return socketWriter();
    // Without /proc, nothing is printed but why this ends.
    return code === 'ENOENT' ? (text) => tryWrite(2, text) : () => false;
  }
}

function tryWrite(fd: number, text: string): boolean {
  try {
    // A terminal or a pipe may take a part only: the rest is lost.
    return writeSync(fd, text) === Buffer.byteLength(text);
  } catch {
    return false;
  }
}

/** Sockets cannot be opened anew. */
function socketWriter(): Write {
  const socket = new Socket({ fd: 2, writable: true, readable: false });
  socket.on('error', () => {});
  return (text) => {
    if (socket.destroyed || socket.writableLength > maxWaiting) return false;
    socket.write(text);
    return true;
  };
}
