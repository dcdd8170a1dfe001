/**
 * Command lines of processes, read without waiting for any. The kernel reads one out of the process's memory (mmap_lock), and a process
 * can keep that from being read for as long as it likes, such as by a page fault on a file system of its own.
 */

import { closeSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { learnedText } from './proc-files';

/** Longer command lines are cut: rows of trees and tables show no more. */
const maxLength = 4096;
/** A character of UTF-16 is at most three bytes of UTF-8. */
const maxBytes = 3 * maxLength;

/** A read takes some turns of the event loop. Where this process itself is late, each of these pauses is such a turn. */
const patience = { pauses: 8, pauseMs: 15 };
/** Each read that hangs takes one of libuv's four threads. While so many do, no further command line is read. */
const maxHung = 2;
/** Of processes that are read together. */
const atOnce = 8;

/** Not that of node:fs/promises, whose loading takes some milliseconds of a start. */
const readInto = promisify(read);

let hung = 0;

/** Words joined by blanks; empty where the process is gone, hidden from this user, or does not let it be read. */
export async function commandLineOf(pid: number): Promise<string> {
  return ((await readVisible(pid)) || learnedText(pid, 'cmdline'))
    .slice(0, maxLength)
    .replace(/\0+$/, '')
    .replaceAll('\0', ' ');
}

/** In order. */
export async function commandLinesOf(pids: readonly number[]): Promise<string[]> {
  const commands: string[] = [];
  for (let start = 0; start < pids.length; start += atOnce)
    commands.push(...(await Promise.all(pids.slice(start, start + atOnce).map(commandLineOf))));
  return commands;
}

/** A pause, or less of it. */
function pauseUntil(arrived: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patience.pauseMs);
    void arrived.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** To open it waits for nobody. One read has all of it. */
async function readCommand(pid: number): Promise<string> {
  const file = openSync(`/proc/${pid}/cmdline`, 'r');
  try {
    const { bytesRead, buffer } = await readInto(file, Buffer.allocUnsafe(maxBytes), 0, maxBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    closeSync(file);
  }
}

async function readVisible(pid: number): Promise<string> {
  if (hung >= maxHung) return '';
  const reading = readCommand(pid).catch(() => '');
  let text: string | null = null;
  const arrived = reading.then((found) => {
    text = found;
  });
  for (let pauses = 0; pauses < patience.pauses && text === null; pauses++) await pauseUntil(arrived);
  if (text !== null) return text;
  hung += 1;
  void reading.finally(() => {
    hung -= 1;
  });
  return '';
}
