/** Tunes any number of connections, in as many requests as that takes. */

import {
  limits,
  type Target,
  type TcpTimers,
  type TunedSocket,
  type Tuning,
  targetOf,
  tuneSockets,
} from '../../protocol';
import type { Requester } from '../requester';

/** One result for each target, in order. `tuning`: null gives back what they had. Errors: those of tuneSockets. */
export async function tuneAll(
  requester: Requester,
  targets: readonly Target[],
  tuning: Tuning | null,
): Promise<TunedSocket[]> {
  const all: TunedSocket[] = [];
  for (let start = 0; start < targets.length; start += limits.targets) {
    const page = targets.slice(start, start + limits.targets).map(targetOf);
    all.push(...(await requester.request(tuneSockets, { targets: page, tuning })).results);
  }
  return all;
}

/** The timers as they would be. */
export function withTuning(timers: TcpTimers, { keepalive, userTimeoutMs }: Tuning): TcpTimers {
  return {
    ...timers,
    ...(keepalive === undefined ? {} : { keepalive: keepalive !== null }),
    ...(keepalive
      ? {
          keepaliveIdleMs: keepalive.idleS * 1000,
          keepaliveIntervalMs: keepalive.intervalS * 1000,
          keepaliveProbes: keepalive.probes,
        }
      : {}),
    ...(userTimeoutMs === undefined ? {} : { userTimeoutMs }),
  };
}
