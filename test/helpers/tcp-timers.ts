/** The timers of a connection, as the kernel has them where its program sets none. */

import type { TcpTimers } from '../../agent/protocol';

export const usualTimers: TcpTimers = {
  keepalive: false,
  keepaliveIdleMs: 7_200_000,
  keepaliveIntervalMs: 75_000,
  keepaliveProbes: 9,
  userTimeoutMs: 0,
  retries: 15,
  rtoMs: 204,
  maxRtoMs: 120_000,
  rttMs: 0.05,
  retransmits: 0,
  unansweredProbes: 0,
  unackedBytes: 0,
  sendWindow: 65_536,
  sinceAckMs: 10,
  sinceDataMs: 10,
};
