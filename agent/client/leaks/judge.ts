/** Which pools of connections leak, each with the connections that show it. Pure. */

import type { Owner, Socket, TcpTimers } from '../../protocol';
import type { Pool } from './pools';

/**
 * - `close-wait`: the peer has closed, and the program has not.
 * - `growing`: connections to one remote that became more, and were never fewer than before.
 * - `silent`: nothing was received for long.
 * - `beyond`: more to one remote than a pool should have.
 */
type LeakKind = 'close-wait' | 'growing' | 'silent' | 'beyond';

export interface PoolLeak {
  readonly kind: LeakKind;
  readonly owner: Owner;
  /** As in Pool. */
  readonly where: string;
  readonly count: number;
  /** How many more it became in a minute while it was watched; null: it was not. */
  readonly perMinute: number | null;
  /** The proof: those in close-wait, that came while it was watched, or that are silent; all of a pool that is too large. */
  readonly sockets: readonly Socket[];
}

/** Fewer are no leak: each program needs a moment to close. */
export const minLeak = 3;

/** Pools by key. */
export type Look = ReadonlyMap<string, Pool>;

/** What several lists of the same connections have shown, the oldest first. `ms`: between the first and the last. */
export interface Looks {
  readonly looks: readonly Look[];
  readonly ms: number;
}

const inCloseWait = ({ state }: Socket) => state === 'close-wait';

export function closeWaitLeaks(looks: Looks): PoolLeak[] {
  return ofEach(looks, (pool) => {
    const waiting = pool.sockets.filter(inCloseWait);
    const before = countsOf(looks, pool, inCloseWait)[0] ?? 0;
    return waiting.length < minLeak
      ? null
      : { kind: 'close-wait', sockets: waiting, perMinute: perMinute(looks, waiting.length - before) };
  });
}

/** Of clients alone: a server does not choose how many come. A pool that is filled once has grown, but not again and again. */
export function growingPools(looks: Looks): PoolLeak[] {
  return ofEach(looks, (pool) => {
    const counts = countsOf(looks, pool);
    const changes = counts.slice(1).map((count, at) => count - (counts[at] ?? 0));
    const rises = changes.filter((change) => change > 0).length;
    if (pool.isServer || changes.some((change) => change < 0) || rises < minLeak) return null;
    const first = new Set(looks.looks[0]?.get(pool.key)?.sockets.map(({ cookie }) => cookie));
    const came = pool.sockets.filter(({ cookie }) => !first.has(cookie));
    return {
      kind: 'growing',
      count: pool.sockets.length,
      sockets: came,
      perMinute: perMinute(looks, pool.sockets.length - (counts[0] ?? 0)),
    };
  });
}

export function poolsBeyond(looks: Looks, atMost: number): PoolLeak[] {
  return ofEach(looks, ({ isServer, sockets }) =>
    isServer || sockets.length <= atMost ? null : { kind: 'beyond', sockets, perMinute: null },
  );
}

export function silentPools(
  looks: Looks,
  timersOf: (socket: Socket) => TcpTimers | undefined,
  silentMs: number,
): PoolLeak[] {
  const isSilent = (socket: Socket) => {
    const timers = inCloseWait(socket) ? undefined : timersOf(socket);
    return timers !== undefined && hasReceivedNothing(timers, silentMs);
  };
  return ofEach(looks, (pool) => {
    const silent = pool.sockets.filter(isSilent);
    return silent.length < minLeak ? null : { kind: 'silent', sockets: silent, perMinute: null };
  });
}

/** What it sends is acknowledged, and so are the probes of keepalive: with those, an acknowledgement says nothing. */
function hasReceivedNothing({ keepalive, sinceDataMs, sinceAckMs }: TcpTimers, ms: number): boolean {
  return sinceDataMs >= ms && (keepalive || sinceAckMs >= ms);
}

type Found = Pick<PoolLeak, 'kind' | 'sockets' | 'perMinute'> & { readonly count?: number };

/** In the newest look. */
function ofEach({ looks }: Looks, judge: (pool: Pool) => Found | null): PoolLeak[] {
  return [...(looks.at(-1)?.values() ?? [])].flatMap((pool) => {
    const found = judge(pool);
    const { owner, where } = pool;
    return found ? [{ owner, where, count: found.sockets.length, ...found }] : [];
  });
}

/** How many connections the pool had in each look. */
function countsOf(
  { looks }: Looks,
  { key }: Pool,
  counts: (socket: Socket) => boolean = () => true,
): number[] {
  return looks.map((look) => look.get(key)?.sockets.filter(counts).length ?? 0);
}

/** To a tenth. */
function perMinute({ ms }: Looks, more: number): number | null {
  return ms === 0 ? null : Math.round((more * 600_000) / ms) / 10;
}
