/** `sockscope leaks [FILTER...] [--watch DURATION] [--silent DURATION] [--at-most N] [--json]`: connections that programs leak. */

import type { Client } from '../../client/connect';
import { type FoundLeaks, findPoolLeaks, type LeakQuestion } from '../../client/leaks/find-leaks';
import type { PoolLeak } from '../../client/leaks/judge';
import { AutoResetEvent } from '../../common/auto-reset-event';
import { durationText, formatTuple, limits, parseFilter } from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { connectToSee } from '../connect';
import { Containers } from '../containers';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { interrupted } from '../interrupted';
import { leakText } from '../leak-text';
import { printJson, printLine, printNotice } from '../output';
import { leaks as syntax } from '../syntax/see';

/** Connections that are shown of each leak; JSON has all. */
const shown = 5;

export async function leaks(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseFilter);
  const question = {
    filter: text,
    watchMs: values.watch === '' ? 0 : readDuration('watch', values.watch, 1000, limits.leakMs),
    silentMs: readDuration('silent', values.silent, 1000, limits.leakMs),
    atMost: values['at-most'] === '' ? null : readCount(values['at-most']),
  };
  printAbsentUsers(filter);
  const client = await connectToSee('watching');
  try {
    if (filter.some(({ key }) => key === 'container')) await new Containers(client).refresh();
    const found =
      question.watchMs > 0 ? await watch(client, question) : await findPoolLeaks(client, question);
    if (values.json) printJson(found);
    else print(found, question);
    if (found.silentUnknown !== null)
      printNotice(`Silent connections were not looked for. ${found.silentUnknown}`);
    return found.leaks.length === 0 ? Exit.ok : Exit.failed;
  } finally {
    client.close();
  }
}

/** Until its time is over, or Ctrl-C. */
function watch(client: Client, question: LeakQuestion): Promise<FoundLeaks> {
  const enough = new AutoResetEvent();
  void interrupted().then(() => enough.set());
  printNotice(
    `Watching for ${durationText(question.watchMs)}. Ctrl-C ends it, with what was seen until then.`,
  );
  return findPoolLeaks(client, question, enough);
}

function readCount(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new CommandError(Exit.usage, `--at-most is a number from 1 on, not "${text}"`);
}

function print({ leaks, connections, watchedMs }: FoundLeaks, question: LeakQuestion): void {
  for (const leak of leaks) printLeak(leak, question);
  if (leaks.length > 0) return;
  const none = `No leak among ${connections} TCP ${connections === 1 ? 'connection' : 'connections'} of known processes`;
  printNotice(
    watchedMs > 0
      ? `${none}, watched for ${durationText(watchedMs)}.`
      : `${none}. What grows is seen with --watch alone, such as --watch 1m.`,
  );
}

function printLeak(leak: PoolLeak, question: LeakQuestion): void {
  printLine(`${leakText(leak, question)}.`);
  for (const socket of leak.sockets.slice(0, shown))
    printLine(`  cookie:${socket.cookie} ${formatTuple(socket)} ${socket.state}`);
  const more = leak.sockets.length - shown;
  if (more > 0) printLine(`  and ${more} more, which --json has`);
}
