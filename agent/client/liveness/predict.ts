/**
 * When a TCP connection would notice that its peer is dead, by the timers that the kernel has for it (net/ipv4/tcp_timer.c). Pure.
 * Null everywhere: never.
 */

import type { TcpTimers } from '../../protocol';
import { minRtoMs, modelTimeoutMs } from '../inspect/tcp-timers';

export interface Liveness {
  /** While neither end sends: from the last packet that came. */
  readonly idleMs: number | null;
  /** While it sends: from the first data that is not acknowledged. */
  readonly sendingMs: number;
}

export function predict(timers: TcpTimers): Liveness {
  return { idleMs: idleMs(timers), sendingMs: sendingMs(timers) };
}

/**
 * As tcp_keepalive_timer: the first probe after the idle time, one more after each interval. It gives up at the expiry with as many
 * unanswered as it may have, or, with TCP_USER_TIMEOUT, at the first one that is so late, whatever their number.
 */
function idleMs(timers: TcpTimers): number | null {
  const { keepalive, keepaliveIdleMs, keepaliveIntervalMs, keepaliveProbes, userTimeoutMs } = timers;
  if (!keepalive) return null;
  // A namespace may have none, so that one probe follows the other.
  const untilTimeout = Math.ceil((userTimeoutMs - keepaliveIdleMs) / Math.max(1, keepaliveIntervalMs));
  const probes = userTimeoutMs > 0 ? Math.max(1, untilTimeout) : keepaliveProbes;
  return keepaliveIdleMs + probes * keepaliveIntervalMs;
}

/**
 * As tcp_write_timeout, which counts from the first retransmit: before it, a tail loss probe is sent, and the timer begins anew. With
 * TCP_USER_TIMEOUT the last timer is cut to end with it (Linux 4.19, commit b701a99e431d).
 */
function sendingMs(timers: TcpTimers): number {
  const { userTimeoutMs, maxRtoMs } = timers;
  const first = firstRtoMs(timers);
  if (userTimeoutMs > 0) return 2 * first + userTimeoutMs;
  const limit = modelTimeoutMs(timers) / timerSlack;
  let sinceRetransmit = 0;
  for (let rto = 2 * first; sinceRetransmit < limit; rto *= 2) sinceRetransmit += Math.min(rto, maxRtoMs);
  return 2 * first + sinceRetransmit;
}

/** The kernel's timers are late by up to an eighth, the long ones by some percent: it decides whether one more retransmit is made. */
const timerSlack = 1.03;

/** Before it was doubled with each retransmit. */
function firstRtoMs({ rtoMs, retransmits }: TcpTimers): number {
  return Math.max(minRtoMs, rtoMs / 2 ** retransmits);
}
