/** Looks for connections that programs leak: at once, or over a while. */

import { AutoResetEvent } from '../../common/auto-reset-event';
import { ErrorCode, idKey, isAnswer, type Socket, type TcpTimers } from '../../protocol';
import { listAll } from '../list-all';
import { hasPeer, readTimersOf } from '../liveness/read-liveness';
import type { Requester } from '../requester';
import {
  closeWaitLeaks,
  growingPools,
  type Look,
  type Looks,
  minLeak,
  type PoolLeak,
  poolsBeyond,
  silentPools,
} from './judge';
import { poolsOf } from './pools';

export interface LeakQuestion {
  /** As for listing. */
  readonly filter: string;
  /** Milliseconds; 0: one look. */
  readonly watchMs: number;
  /** Connections that have received nothing for so long; milliseconds. */
  readonly silentMs: number;
  /** Connections that a pool should have at most; null: not asked. */
  readonly atMost: number | null;
}

export interface FoundLeaks {
  /** Number of connections with a process, of those that were looked at last. */
  readonly connections: number;
  /** Milliseconds between the first look and the last. */
  readonly watchedMs: number;
  /** The largest first. */
  readonly leaks: readonly PoolLeak[];
  /** Why silent connections were not looked for; null: they were. */
  readonly silentUnknown: string | null;
}

/** Where the kernel's timers cannot be read, the other leaks are told all the same. */
const unread = new Set<number>([ErrorCode.needsAgent, ErrorCode.kernelRefused]);
/** Enough to tell what grows again and again from what was filled once. */
const looksOfWatch = 7;

/** `enough`: set when the watch is to end before its time, with what it has seen. Errors: invalidFilter, brokerLost. */
export async function findPoolLeaks(
  requester: Requester,
  question: LeakQuestion,
  enough = new AutoResetEvent(),
): Promise<FoundLeaks> {
  const { filter, watchMs, silentMs, atMost } = question;
  const looks = await lookAgain(watchMs, enough, () => look(requester, filter));
  const pools = [...(looks.looks.at(-1)?.values() ?? [])];
  const large = pools.filter(({ sockets }) => sockets.length >= minLeak);
  const timers = await timersOf(
    requester,
    large.flatMap(({ sockets }) => sockets),
  );
  const known = typeof timers === 'string' ? new Map<string, TcpTimers>() : timers;
  const leaks = [
    ...closeWaitLeaks(looks),
    ...growingPools(looks),
    ...silentPools(looks, (socket) => known.get(idKey(socket)), silentMs),
    ...(atMost === null ? [] : poolsBeyond(looks, atMost)),
  ];
  return {
    connections: pools.reduce((sum, { sockets }) => sum + sockets.length, 0),
    watchedMs: looks.ms,
    leaks: leaks.sort((a, b) => b.count - a.count),
    silentUnknown: typeof timers === 'string' ? timers : null,
  };
}

async function lookAgain(
  watchMs: number,
  enough: AutoResetEvent,
  lookOnce: () => Promise<Look>,
): Promise<Looks> {
  const start = performance.now();
  const looks = [await lookOnce()];
  if (watchMs === 0) return { looks, ms: 0 };
  let isEnough = false;
  for (let again = 1; again < looksOfWatch && !isEnough; again++) {
    const due = start + (again * watchMs) / (looksOfWatch - 1);
    isEnough = await enough.wait(due - performance.now());
    looks.push(await lookOnce());
  }
  return { looks, ms: performance.now() - start };
}

async function look(requester: Requester, filter: string): Promise<Look> {
  const { sockets } = await listAll(requester, filter);
  // A list of connections alone does not say which are a server's.
  const listeners = filter === '' ? sockets : (await listAll(requester, 'state:listen')).sockets;
  return new Map(poolsOf(sockets.filter(hasPeer), listeners).map((pool) => [pool.key, pool]));
}

/** By idKey; a sentence where they are not known. */
async function timersOf(
  requester: Requester,
  sockets: readonly Socket[],
): Promise<Map<string, TcpTimers> | string> {
  try {
    const timers = await readTimersOf(requester, sockets);
    return new Map(timers.flatMap(([socket, of]) => (of ? [[idKey(socket), of] as const] : [])));
  } catch (error) {
    if (isAnswer(error) && unread.has(error.code)) return error.message;
    throw error;
  }
}
