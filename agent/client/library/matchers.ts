/** The matchers of `sockscope/vitest` and `sockscope/jest`. What is expected is a filter, as `pid:42 remote:6379`. */

import type { DrillOptions } from './drill';
import type { Duration } from './durations';

/** `wait` is the time that is expected. */
export type ReconnectDrill = Omit<DrillOptions, 'wait'>;

/** `Result`: what an assertion returns, which is to be awaited. */
export interface SockscopeMatchers<Result = Promise<void>> {
  /**
   * Destroys what matches, once or `times` often, with `fault` holds its remote down, and passes if all was back in this time, counted
   * from the cut, in each round. Rejects, also after `not`, where nothing matches.
   */
  toReconnectWithin(within: Duration, options?: ReconnectDrill): Result;
  /**
   * Passes if each TCP connection that matches would give up a dead peer in this time, idle or sending. Nothing is destroyed. Rejects,
   * also after `not`, where nothing matches.
   */
  toNoticeDeadPeerWithin(within: Duration): Result;
  /**
   * Does `work`, and passes if no more sockets match afterwards than before; closed ones that their process still holds count. Waits for
   * that for 5 s, or `settle`. Rejects, also after `not`, where nothing matches, neither before nor afterwards.
   */
  toLeakNoSockets(work: () => unknown, options?: { readonly settle?: Duration }): Result;
}
