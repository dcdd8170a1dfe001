/** `sockscope outage FILTER... --for 10s`, `outage list`, `outage stop ID`: a remote held down for a while. */

import type { Client } from '../../client/connect';
import { outageQuestion } from '../../client/fault-questions';
import { listAll } from '../../client/list-all';
import { untilAgreed } from '../../client/until-agreed';
import {
  faults,
  limits,
  listOutages,
  type Outage,
  type OutageParams,
  type OutageStarted,
  outagesChanged,
  parseActingFilter,
  startOutage,
  stopOutage,
} from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { oneOf, readArguments, readFilter } from '../arguments';
import { requireAnswer } from '../confirm';
import { confirmFault } from '../confirm-fault';
import { connectToAct, findAgent } from '../connect';
import { Containers } from '../containers';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { interrupted } from '../interrupted';
import { localTime } from '../local-time';
import { printJson, printLine, printTable } from '../output';
import { printResults } from '../results';
import { outageVerbs, outage as syntax } from '../syntax/act';

export async function outage([verb = '', ...words]: string[]): Promise<Exit> {
  if (verb === 'list') return list(words);
  if (verb === 'stop') return stop(words);
  return hold([verb, ...words]);
}

async function hold(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  printAbsentUsers(filter);
  const fault = oneOf('fault', values.fault, faults);
  if (values.for === '') throw new CommandError(Exit.usage, 'How long? Add --for, such as --for 10s');
  const forMs = readDuration('for', values.for, 1, limits.outageMs);
  requireAnswer(values.yes);
  const client = await connectToAct('watching');
  try {
    if (values.detach && client.info.mode === 'direct')
      throw new CommandError(
        Exit.denied,
        `--detach needs an agent that keeps running. Start it in another terminal: sudo sockscope agent serve`,
      );
    if (filter.some(({ key }) => key === 'container')) await new Containers(client).refresh();
    const ends = watchEnds(client);
    const params = { filter: text, fault, forMs, detach: values.detach };
    const begun = await start(client, params, values.yes);
    if (!begun) return Exit.failed;
    const { started, stopped } = begun;
    if (values.json) printJson({ ...started });
    else {
      printLine(describe(started.outage));
      printResults(started.destroyed);
    }
    return stopped ? await waitFor(started.outage.id, client, ends, stopped, values.json) : Exit.ok;
  } finally {
    client.close();
  }
}

interface Begun {
  readonly started: OutageStarted;
  /** Resolves with Ctrl-C; null: it goes on without this command. */
  readonly stopped: Promise<void> | null;
}

/** Null: the user said no. */
async function start(client: Client, params: OutageParams, yes: boolean): Promise<Begun | null> {
  const act = async (agreed: OutageParams) => {
    const stopped = params.detach ? null : interrupted();
    return { started: await client.request(startOutage, agreed), stopped };
  };
  if (yes) return act(params);
  const matching = async () =>
    (await listAll(client, params.filter)).sockets.filter(
      ({ remote, lifeline }) => remote !== null && !lifeline,
    );
  return untilAgreed({ matching, confirm: confirmFault(outageQuestion(params)), params }, act);
}

interface OutageEnds {
  /** Resolves when no outage of that id runs. */
  of(id: number): Promise<void>;
}

/** To be called before the outage starts, so that no end is missed. */
function watchEnds(client: Client): OutageEnds {
  let running: readonly Outage[] | null = null;
  let check = () => {};
  client.on(outagesChanged, ({ outages }) => {
    running = outages;
    check();
  });
  return {
    of: (id) =>
      new Promise((resolve) => {
        check = () => {
          if (running && !running.some((outage) => outage.id === id)) resolve();
        };
        client.request(listOutages, {}).then(
          ({ outages }) => {
            running = outages;
            check();
          },
          () => {}, // the connection is closed: by us, since the outage is over, or by the agent's end
        );
      }),
  };
}

/** Waits until its time is over, or Ctrl-C ends it. Throws CommandError (failed) where the agent ends, and the outage with it. */
async function waitFor(
  id: number,
  client: Client,
  ends: OutageEnds,
  stopped: Promise<void>,
  json: boolean,
): Promise<Exit> {
  const lost = client.closed().then(() => 'lost');
  const ended = ends.of(id).then(() => 'ended');
  const why = await Promise.race([stopped.then(() => 'stopped'), lost, ended]);
  if (why === 'lost')
    throw new CommandError(Exit.failed, 'The agent has ended, and the outage with it, within a second');
  if (why === 'stopped') {
    const { outage } = await client.request(stopOutage, { id });
    if (!json) printLine(endText(outage));
  } else if (!json) printLine(`Outage ${id} is over`);
  return Exit.ok;
}

async function list(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, outageVerbs.list);
  const client = await findAgent();
  try {
    const outages = client ? (await client.request(listOutages, {})).outages : [];
    if (values.json) printJson({ outages });
    else if (outages.length === 0) printLine('No outage runs');
    else
      printTable(
        ['ID', 'FAULT', 'WHAT', 'ENDS', 'CONNECTS', 'PACKETS', 'NOTES'],
        outages.map(({ id, fault, target, endsAt, connects, packets, detached }) => [
          String(id),
          fault,
          target,
          localTime(endsAt),
          String(connects),
          String(packets),
          detached ? 'detached' : '',
        ]),
      );
    return Exit.ok;
  } finally {
    client?.close();
  }
}

async function stop(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, outageVerbs.stop);
  const [word = '', another] = positionals;
  if (!/^\d{1,9}$/.test(word) || another !== undefined)
    throw new CommandError(Exit.usage, 'Which one? sockscope outage list shows ids: sockscope outage stop 1');
  const client = await findAgent();
  if (!client) throw new CommandError(Exit.denied, 'No agent runs, so no outage does');
  try {
    const { outage } = await client.request(stopOutage, { id: Number(word) });
    if (values.json) printJson({ outage });
    else printLine(endText(outage));
    return Exit.ok;
  } finally {
    client.close();
  }
}

function describe({ id, target, fault, endsAt, detached }: Outage): string {
  const how = detached ? `stop it with sockscope outage stop ${id}` : 'Ctrl-C ends it';
  return `Outage ${id}: ${target}: ${fault} until ${localTime(endsAt)}; ${how}`;
}

function endText({ id, connects, packets }: Outage): string {
  return `Outage ${id} has ended: ${connects} connects failed, ${packets} packets were dropped`;
}
