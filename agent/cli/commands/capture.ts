/** `sockscope capture FILTER... --for 30s -w FILE`: the packets of what matches, for Wireshark. */

import { nothingText, summaryText } from '../../client/capture/capture-text';
import { type CaptureSummary, runCapture } from '../../client/capture/run-capture';
import type { Client } from '../../client/connect';
import { count, list, processesText } from '../../common/process-text';
import {
  type CaptureParams,
  type CaptureStarted,
  ErrorCode,
  type Filter,
  hasCode,
  parseActingFilter,
} from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { readBounds } from '../capture-bounds';
import { captureDestination } from '../capture-file';
import { connectToAct } from '../connect';
import { Containers } from '../containers';
import { CommandError, Exit } from '../exit';
import { localTime } from '../local-time';
import { printJson, printLine, printNotice } from '../output';
import { capture as syntax } from '../syntax/see';

export async function capture(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  const { forMs, snap, ...bounds } = readBounds(values);
  const path = values.write;
  if (values.json && path === '-')
    throw new CommandError(Exit.usage, '--json needs standard output: name a file with -w');
  const destination = captureDestination(path, values.force);
  printAbsentUsers(filter);
  const say = values.json ? () => {} : path === '-' ? printNotice : printLine;
  const params = { filter: text, forMs, snap };
  const begun = performance.now();
  const client = await connectToAct('watching');
  try {
    const summary = await untilStopped(client, params, filter, (stop) =>
      runCapture(client, params, bounds, stop, {
        started: (started) => say(startText(started)),
        write: (bytes) => destination.write(bytes),
      }),
    );
    if (summary.packets === 0)
      throw new CommandError(Exit.failed, nothingText(summary, performance.now() - begun));
    if (values.json) printJson({ ...summary, file: path });
    else say(`${path === '-' ? '' : `${path}: `}${summaryText(summary, snap)}`);
    return Exit.ok;
  } finally {
    await destination.close();
    client.close();
  }
}

/** Ctrl-C ends it early. Throws CommandError where nothing matches. */
async function untilStopped(
  client: Client,
  { filter: text }: CaptureParams,
  filter: Filter,
  run: (stop: AbortSignal) => Promise<CaptureSummary>,
): Promise<CaptureSummary> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    if (filter.some(({ key }) => key === 'container')) await new Containers(client).refresh();
    return await run(stop.signal);
  } catch (error) {
    if (!hasCode(error, ErrorCode.notFound) || !(error instanceof Error)) throw error;
    throw new CommandError(Exit.nothingMatched, `${text}: ${error.message}`);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function startText({ connections, follows, endsAt }: CaptureStarted): string {
  const owners = processesText(connections.flatMap(({ owners }) => owners));
  const living = connections.length === 0 ? [] : [`${count(connections.length, 'connection')} of ${owners}`];
  const what = list([...living, ...(follows ? ['new connections'] : [])]);
  return `Capturing ${what} until ${localTime(endsAt)}; Ctrl-C ends it`;
}
