/**
 * Command lines of processes, read without waiting for any. The kernel reads one out of the process's memory (mmap_lock), and a process
 * can keep that from being read for as long as it likes, such as by a page fault on a file system of its own.
 */

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { learnedText } from './proc-files';

/** Longer command lines are cut: rows of trees and tables show no more. */
const maxLength = 4096;

/** A read takes some turns of the event loop. Where this process itself is late, each of these pauses is such a turn. */
const patience = { pauses: 8, pauseMs: 15 };
/** Each read that hangs takes one of libuv's four threads. While so many do, no further command line is read. */
const maxHung = 2;
/** Of processes that are read together. */
const atOnce = 8;

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

async function readVisible(pid: number): Promise<string> {
  if (hung >= maxHung) return '';
  const reading = readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  let text: string | null = null;
  const arrived = reading.then((read) => {
    text = read;
  });
  for (let pause = 0; pause < patience.pauses && text === null; pause++) {
    const over = new AbortController();
    const pausing = sleep(patience.pauseMs, null, { signal: over.signal }).catch(() => {});
    await Promise.race([arrived, pausing]);
    over.abort();
  }
  if (text !== null) return text;
  hung += 1;
  void reading.finally(() => {
    hung -= 1;
  });
  return '';
}
