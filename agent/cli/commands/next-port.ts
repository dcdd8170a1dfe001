/** `sockscope next-port PORT [--for NAME]`: the first free port from there on. */

import { realpathSync, statSync } from 'node:fs';
import { nextPort as findPort, type NextPort, reservedPort } from '../../client/ports/next-port';
import { reservedMs } from '../../client/ports/port-reservations';
import { list, quoted } from '../../common/process-text';
import { isPort } from '../../protocol';
import { readArguments } from '../arguments';
import { CommandError, Exit } from '../exit';
import { printJson, printLine, printNotice } from '../output';
import { nextPort as syntax } from '../syntax/ports';

/** Characters of a name. */
const maxName = 500;

export async function nextPort(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const from = readStart(positionals);
  const whom = values.for === '' ? null : readName(values.for);
  const found = await find(from, whom);
  if (!found)
    throw new CommandError(Exit.failed, `No port from ${from} to 65535 is free: begin with a lower one`);
  const { port, busy } = found;
  const until = whom === null ? null : new Date(Date.now() + reservedMs).toISOString();
  if (values.json) printJson({ port, from, for: whom, until });
  else printLine(String(port));
  if (whom !== null && busy.length > 0) printNotice(busyText(busy, whom));
  return Exit.ok;
}

function readStart([word, another]: readonly string[]): number {
  const port = /^\d{1,5}$/.test(word ?? '') ? Number(word) : Number.NaN;
  if (isPort(port) && another === undefined) return port;
  const mistake = another === undefined ? word : another;
  throw new CommandError(
    Exit.usage,
    `next-port takes the port to begin with, such as 3000${mistake === undefined ? '' : `, not "${mistake}"`}`,
  );
}

/** The whole path of a folder, or the name as it is. */
function readName(name: string): string {
  if (name.length > maxName) throw new CommandError(Exit.usage, `--for has at most ${maxName} characters`);
  const isFolder = statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) return realpathSync(name);
  if (!name.includes('/')) return name;
  throw new CommandError(Exit.usage, `--for "${name}" is no folder: name one that is there, or any word`);
}

async function find(from: number, whom: string | null): Promise<NextPort | null> {
  try {
    if (whom !== null) return await reservedPort({ for: whom, from });
    const port = await findPort(from);
    return port === null ? null : { port, busy: [] };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandError(
      Exit.failed,
      `The reservations of ports cannot be read or written (${code} at ${path}): set XDG_RUNTIME_DIR to a folder of yours`,
    );
  }
}

function busyText(ports: readonly number[], whom: string): string {
  const [were, are] = ports.length === 1 ? ['was', 'is'] : ['were', 'are'];
  const [first] = ports;
  return `${list(ports.map(String))} ${were} reserved for ${quoted(whom)}, and ${are} busy. Who has it: sockscope why ${first}`;
}
