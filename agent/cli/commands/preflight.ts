/** `sockscope preflight [FOLDER...]`: the ports that its files name, against who has them now. */

import { realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Client } from '../../client/connect';
import { explainAsUser } from '../../client/ports/explain';
import { type CheckedPort, checkPorts } from '../../client/project-ports/preflight';
import { type ProjectPorts, portsOfFolder } from '../../client/project-ports/project-files';
import { ownNamespace } from '../../common/own-namespace';
import { count, list } from '../../common/process-text';
import { visibleText } from '../../protocol';
import { readArguments } from '../arguments';
import { connectToSee } from '../connect';
import { CommandError, Exit } from '../exit';
import { printJson, printLine, printNotice, printTable } from '../output';
import { nextText } from '../port-output';
import { preflight as syntax } from '../syntax/ports';

export async function preflight(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const folders = [...new Set((positionals.length === 0 ? ['.'] : positionals).map(readFolder))];
  const found = folders.map(portsIn);
  const unread = found.flatMap((one) => one.unread);
  const ports = await check(found);
  const busy = ports.filter(({ server, free }) => server && !free);
  if (values.json) printJson({ folders, ports, busy: busy.map(({ port }) => port), unread });
  else print(ports, busy);
  for (const { file, why } of unread) printNotice(`${visibleText(shortPath(file))} was not read: ${why}`);
  if (ports.length === 0)
    throw new CommandError(
      Exit.nothingMatched,
      `No file names a port in ${list(folders.map(visibleText))}: read are compose files, .env, package.json, .vscode/launch.json and tasks.json, and vite.config and the like`,
    );
  return busy.length === 0 ? Exit.ok : Exit.failed;
}

/** Throws CommandError (usage). */
function readFolder(word: string): string {
  if (statSync(word, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(word);
  throw new CommandError(Exit.usage, `"${word}" is no folder`);
}

function portsIn(folder: string): ProjectPorts {
  try {
    return portsOfFolder(folder);
  } catch (error) {
    throw new CommandError(
      Exit.failed,
      `${folder} cannot be read (${(error as NodeJS.ErrnoException).code}): run it as the user whose folder it is`,
    );
  }
}

/** An agent or an observer is asked only where a port is busy. */
async function check(found: readonly ProjectPorts[]): Promise<CheckedPort[]> {
  let connecting: Promise<Client> | undefined;
  try {
    return await checkPorts(
      found.flatMap(({ places }) => places),
      async (port) => {
        connecting ??= connectToSee('once');
        return explainAsUser(await connecting, { port, protocol: 'tcp', netns: ownNamespace() });
      },
    );
  } finally {
    (await connecting)?.close();
  }
}

function print(ports: readonly CheckedPort[], busy: readonly CheckedPort[]): void {
  if (ports.length === 0) return;
  printTable(['PORT', 'NOW', 'FOR', 'NAMED IN', 'WHO HAS IT'], ports.map(rowOf));
  const needed = ports.filter(({ server }) => server).length;
  printLine(
    busy.length === 0
      ? `No port that a server needs is busy (${needed} checked)`
      : `${busy.length} of ${count(needed, 'port')} that servers need ${busy.length === 1 ? 'is' : 'are'} busy: ${list(busy.map(({ port }) => String(port)))}`,
  );
  for (const step of busy.flatMap(({ next }) => next)) printNotice(nextText(step));
}

function rowOf({ port, free, server, places, holder }: CheckedPort): string[] {
  const named = places.map(({ file, line }) => `${shortPath(file)}:${line}`);
  return [
    String(port),
    free ? 'free' : 'busy',
    server ? 'a server' : 'clients',
    named.join(', '),
    holder ?? '',
  ];
}

/** As seen from the working directory. */
function shortPath(file: string): string {
  const short = relative(realpathSync('.'), file);
  return short.startsWith(join('..', '..')) ? file : short;
}
