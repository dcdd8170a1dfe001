/** The tool `drill_reconnect`. */

import * as v from 'valibot';
import { ownersText } from '../../common/wording';
import {
  agreedTo,
  type DrillParams,
  type DrillResult,
  drillProgress,
  type End,
  ErrorCode,
  type Fault,
  faults,
  formatTuple,
  hasCode,
  parseActingFilter,
  type Round,
  runDrill,
  type Socket,
} from '../../protocol';
import { isDrilled, isUntouched, nothingDrilledText, summaryText } from '../drill-summary';
import { drillQuestion } from '../fault-questions';
import { listAll } from '../list-all';
import type { Requester } from '../requester';
import { fitting, sentences } from './bounds';
import { actingFilter, count, duration, end, flag, readMs } from './inputs';
import { nameContainers } from './list-sockets';
import { type Answer, type Proposal, requireActing, type Step, type ToolHost, tool, using } from './tool';

const maxRounds = 20;
const maxMs = 60_000;
/** The editor counts the drills of its timeline, over the same connection, from 1. */
const unshown = 0;
/** Connections that the question names, and gaps of a round. */
const maxNamed = 10;
const maxGaps = 20;

export const drillReconnect = tool({
  name: 'drill_reconnect',
  title: 'Drill Reconnect',
  description:
    'Tests reconnect logic: destroys the connections that match, round by round, and measures how their program connects again: attempts, gaps, backoff, time to recover, or its crash. With fault, the remote is held down meanwhile. The user is asked first. It takes up to times x (every + down + wait).',
  input: v.strictObject({
    filter: actingFilter,
    times: count(1, maxRounds, 'Rounds; default: 3'),
    every: duration('From the end of a round to the next one', '1s'),
    wait: duration('How long each round waits until all connections are back', '15s'),
    end,
    one_of_pool: flag('Cuts one of the connections in each round'),
    fault: v.exactOptional(
      v.pipe(
        v.picklist(faults),
        v.description(
          'Holds the remote down after the cut: refused, unreachable, denied (connects fail at once) or blackhole (packets vanish)',
        ),
      ),
    ),
    down: duration('With fault: for how long', '5s'),
  }),
  access: 'act',
  run: (host, input) => propose(host, paramsOf(input)),
});

interface Input {
  readonly filter: string;
  readonly times?: number;
  readonly every?: string;
  readonly wait?: string;
  readonly end?: End;
  readonly one_of_pool?: boolean;
  readonly fault?: Fault;
  readonly down?: string;
}

/** Throws an Error for a mistake. */
function paramsOf(input: Input): DrillParams {
  const { filter, times = 3, every = '1s', wait = '15s', end = 'local', one_of_pool = false, fault } = input;
  const parsed = parseActingFilter(filter);
  if (!parsed.ok) throw new Error(parsed.message);
  if (input.down !== undefined && !fault) throw new Error('down goes with fault, such as refused');
  return {
    filter,
    times,
    everyMs: readMs('every', every, 0, maxMs),
    jitter: 0,
    waitMs: readMs('wait', wait, 1, maxMs),
    end,
    oneOfPool: one_of_pool,
    hold: fault ? { fault, ms: readMs('down', input.down ?? '5s', 1, maxMs) } : null,
  };
}

async function propose(host: ToolHost, params: DrillParams): Promise<Answer | Proposal> {
  const matching = await using(host.toDrill(), async (agent) => {
    requireActing(agent);
    return matchingNow(agent, params.filter);
  });
  if (matching.length === 0)
    return { message: sentences([nothingDrilledText(params.filter)]), details: {}, failed: true };
  return {
    question: questionOf(params, matching),
    act: (token, progress) =>
      using(host.toDrill(), async (agent) => {
        await nameContainers(agent, params.filter);
        agent.on?.(drillProgress, ({ event }) => {
          if (event.kind === 'round') progress?.(stepOf(event.round, params));
        });
        const agreed = agreedTo(matching);
        return agent
          .request(runDrill, { ...params, agreed, drill: unshown }, token)
          .then(answerOf, changedAnswer);
      }),
  };
}

async function matchingNow(agent: Requester, filter: string): Promise<Socket[]> {
  await nameContainers(agent, filter);
  return (await listAll(agent, filter)).sockets.filter(isDrilled);
}

/** Of connections that the question did not name. */
function changedAnswer(error: unknown): Answer {
  if (!hasCode(error, ErrorCode.changed)) throw error;
  return { message: sentences([(error as Error).message, 'Ask again']), details: {}, failed: true };
}

function questionOf(params: DrillParams, matching: readonly Socket[]): string {
  return [
    drillQuestion(params),
    ...matching.slice(0, maxNamed).map((socket) => `  ${formatTuple(socket)}, ${ownersText(socket.owners)}`),
    ...(matching.length > maxNamed ? [`  and ${matching.length - maxNamed} more`] : []),
    'How its program connects again is measured. One that does not handle the loss may end.',
  ].join('\n');
}

function stepOf({ round, verdict, message }: Round, { times }: DrillParams): Step {
  return { done: round, of: times, message: `${verdict}: ${message}` };
}

function answerOf(result: DrillResult): Answer {
  const { target, hold, rounds, summary, cancelled } = result;
  const [first] = rounds;
  const failed = first !== undefined && isUntouched(first);
  const texts = rounds.map(({ round, verdict, message }) => `Round ${round}: ${verdict}: ${message}`);
  return {
    message: sentences(failed ? [first.message] : [summaryText(result), ...texts]),
    details: { target, hold, cancelled, summary, rounds: fitting(rounds.map(roundRow), maxRounds).shown },
    failed,
  };
}

function roundRow({ attempts: _, more: __, lost: ___, processes: ____, gapsMs, ...round }: Round): object {
  return { ...round, gapsMs: gapsMs.slice(0, maxGaps) };
}
