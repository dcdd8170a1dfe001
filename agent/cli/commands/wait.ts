/** `sockscope wait [ADDRESS:]PORT | FILTER... --listening | --free`: until a server listens, or a port is free. */

import type { Client } from '../../client/connect';
import { explainAsUser } from '../../client/ports/explain';
import type { NextStep } from '../../client/ports/free-types';
import { excludesListeners, findListener, findServer, proveFree } from '../../client/ports/port-conditions';
import { type Place, portFilter } from '../../client/ports/port-watch';
import { waitUntil } from '../../client/ports/wait-until';
import { processesText, thePort } from '../../common/process-text';
import { durationText, formatEndpoint, limits, parseActingFilter, type Socket } from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { connectToSee } from '../connect';
import { Containers } from '../containers';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { printJson, printLine, printNotice } from '../output';
import { type AddressedPort, parsePort, readPort, readPortParams } from '../port-arguments';
import { nextText } from '../port-output';
import { wait as syntax } from '../syntax/ports';

/** What was waited for, and whether it came. */
interface Outcome {
  readonly met: boolean;
  /** A sentence, without a full stop. */
  readonly message: string;
  readonly socket?: Socket;
  readonly needsReuseaddr?: boolean;
  readonly next?: readonly NextStep[];
}

type Awaited = 'listening' | 'free';

export async function wait(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const awaited = readAwaited(values.listening, values.free);
  const timeoutMs = readDuration('timeout', values.timeout, 1, limits.waitMs);
  const target = readTarget(positionals, awaited);
  if ('filter' in target && (values.udp || values.net !== ''))
    throw new CommandError(
      Exit.usage,
      'A filter says it itself, with proto: and net:; --udp and --net are for a port',
    );
  const client = await connectToSee('watching');
  const started = performance.now();
  try {
    const request = { client, timeoutMs, waited: () => durationText(performance.now() - started) };
    const outcome =
      'filter' in target
        ? await waitForListener(request, target)
        : await waitForPort(request, awaited, await readPortParams(client, target, values));
    const waitedMs = Math.round(performance.now() - started);
    if (values.json) printJson({ awaited, ...target, waitedMs, ...outcome });
    return report(outcome, values.json);
  } finally {
    client.close();
  }
}

function readAwaited(listening: boolean, free: boolean): Awaited {
  if (listening !== free) return listening ? 'listening' : 'free';
  throw new CommandError(
    Exit.usage,
    'Wait for what? --listening, until a server listens, or --free, until the port can be bound: one of them',
  );
}

interface Filtered {
  readonly filter: string;
}

function readTarget(words: readonly string[], awaited: Awaited): AddressedPort | Filtered {
  const [word, another] = words;
  const port = word !== undefined && another === undefined ? parsePort(word) : null;
  if (port) return port;
  if (awaited === 'free' || word === undefined) return readPort(words);
  const { text, filter } = readFilter([...words], parseActingFilter);
  printAbsentUsers(filter);
  if (excludesListeners(filter))
    throw new CommandError(Exit.usage, `Nothing that matches ${text} listens: leave state: away`);
  return { filter: text };
}

interface Request {
  readonly client: Client;
  readonly timeoutMs: number;
  /** `1.2 s`. */
  waited(): string;
}

async function waitForPort(request: Request, awaited: Awaited, place: Place): Promise<Outcome> {
  const { client, timeoutMs, waited } = request;
  const filter = portFilter(place);
  if (awaited === 'listening') {
    const socket = await waitUntil(client, filter, () => findServer(client, place), timeoutMs);
    if (socket) return { met: true, message: listensText(socket, waited()), socket };
  } else {
    const free = await waitUntil(client, filter, () => proveFree(client, place), timeoutMs);
    if (free) return { met: true, message: freeText(place, free.needsReuseaddr, waited()), ...free };
  }
  const { summary, next } = await explainAsUser(client, place);
  const vainly = awaited === 'listening' ? 'No server listened' : 'The port did not get free';
  return {
    met: false,
    message: `${vainly} within ${durationText(timeoutMs)}: ${summary}`,
    next: awaited === 'free' ? next : [],
  };
}

async function waitForListener(
  { client, timeoutMs, waited }: Request,
  { filter }: Filtered,
): Promise<Outcome> {
  if (/\bcontainer:/.test(filter)) await new Containers(client).refresh();
  const socket = await waitUntil(client, filter, () => findListener(client, filter), timeoutMs);
  if (socket) return { met: true, message: listensText(socket, waited()), socket };
  return { met: false, message: `Nothing that matches ${filter} listened within ${durationText(timeoutMs)}` };
}

function listensText({ owners, local }: Socket, waited: string): string {
  return `${processesText(owners)} listens on ${formatEndpoint(local)}, after ${waited}`;
}

function freeText(place: Place, needsReuseaddr: boolean, waited: string): string {
  const whom = needsReuseaddr ? ' for servers with SO_REUSEADDR, which nearly all have' : '';
  return `${thePort(place)} is free${whom}, after ${waited}`;
}

function report({ met, message, next = [] }: Outcome, isJson: boolean): Exit {
  if (met && !isJson) printLine(message);
  for (const step of next) printNotice(nextText(step));
  if (met) return Exit.ok;
  throw new CommandError(Exit.failed, message);
}
