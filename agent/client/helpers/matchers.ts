/** Matchers for test runners whose expect.extend is that of Jest. Each has a connection to the agent of its own. */

import { setTimeout as sleep } from 'node:timers/promises';
import { durationText, formatTuple, idKey, parseDuration, type Socket } from '../../protocol';
import { isUntouched, nothingDrilledText, summaryText } from '../drill-summary';
import { isLate, lateText } from '../late-round';
import { connect, type Duration, type ReconnectDrill, type Sockscope } from '../library';
import { noticeText } from '../liveness/liveness-text';
import { type LiveConnection, noticesWithin } from '../liveness/read-liveness';

interface Verdict {
  readonly pass: boolean;
  /** Why, if that is not what is expected. */
  readonly message: () => string;
}

/** Between two looks whether sockets are gone. */
const pauseMs = 100;

async function toReconnectWithin(
  filter: string,
  within: Duration,
  options: ReconnectDrill = {},
): Promise<Verdict> {
  const withinMs = msOf(within);
  const result = await using((sockscope) => sockscope.drill(filter, { times: 1, ...options, wait: within }));
  const [first] = result.rounds;
  if (first && isUntouched(first))
    throw new Error(first.verdict === 'denied' ? first.message : nothingDrilledText(filter));
  const expected = { withinMs, atLeast: null };
  const late = result.rounds.filter((round) => isLate(round, expected));
  const texts = late.map((round) => `Round ${round.round} ${lateText(round, expected)}`);
  return verdict(texts, `${filter}: ${summaryText(result)}`);
}

async function toNoticeDeadPeerWithin(filter: string, within: Duration): Promise<Verdict> {
  const withinMs = msOf(within);
  const { connections, unknown } = await using((sockscope) => sockscope.liveness(filter));
  if (connections.length + unknown.length === 0) throw new Error(`No TCP connection matches ${filter}`);
  const late = connections.filter((connection) => !noticesWithin(connection, withinMs));
  const texts = [
    ...late.map(livenessText),
    ...unknown.map((socket) => `${formatTuple(socket)}: it is not known, or closed meanwhile`),
  ];
  return verdict(texts, `Each connection would notice it within ${durationText(withinMs)}`);
}

function livenessText({ socket, idleMs, sendingMs }: LiveConnection): string {
  return `${formatTuple(socket)} would notice a dead peer, idle: ${noticeText(idleMs)}, sending: ${noticeText(sendingMs)}`;
}

async function toLeakNoSockets(
  filter: string,
  work: () => unknown,
  { settle = '5s' }: { readonly settle?: Duration } = {},
): Promise<Verdict> {
  return using(async (sockscope) => {
    const before = await heldSockets(sockscope, filter);
    await work();
    const after = await settled(sockscope, filter, before.size, msOf(settle));
    // With a typo in the filter, it would never fail.
    if (before.size + after.size === 0)
      throw new Error(
        `No socket matches ${filter}, neither before nor afterwards: check the filter, and let a connection be open that it matches`,
      );
    const added = [...after].flatMap(([key, socket]) => (before.has(key) ? [] : [formatTuple(socket)]));
    const more = `${after.size} sockets match ${filter}, ${before.size} did before: ${added.join(', ')}`;
    return verdict(after.size > before.size ? [more] : [], `No more sockets match ${filter} than before`);
  });
}

/** When no more than `most` match, or the time is over. */
async function settled(sockscope: Sockscope, filter: string, most: number, withinMs: number) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const held = await heldSockets(sockscope, filter);
    if (held.size <= most || performance.now() >= deadline) return held;
    await sleep(pauseMs);
  }
}

/** By idKey: those that a process holds, also closed ones. What the kernel keeps for a while, as in time-wait, is no leak. */
async function heldSockets(sockscope: Sockscope, filter: string): Promise<ReadonlyMap<string, Socket>> {
  const sockets = [...(await sockscope.list(filter)), ...(await sockscope.list(`${filter} state:close`))];
  return new Map(sockets.filter(({ owners }) => owners.length > 0).map((socket) => [idKey(socket), socket]));
}

async function using<Result>(use: (sockscope: Sockscope) => Promise<Result>): Promise<Result> {
  const sockscope = await connect();
  try {
    return await use(sockscope);
  } finally {
    sockscope.close();
  }
}

/** `failures`: none where it is as expected. */
function verdict(failures: readonly string[], met: string): Verdict {
  const pass = failures.length === 0;
  return { pass, message: () => (pass ? met : failures.join('\n')) };
}

/** Throws a RangeError. */
function msOf(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration);
  if (ms !== null && ms >= 0) return ms;
  throw new RangeError(
    `"${duration}" is not a duration: pass milliseconds, or text such as 500ms, 10s or 2m`,
  );
}

export const matchers = { toReconnectWithin, toNoticeDeadPeerWithin, toLeakNoSockets };
