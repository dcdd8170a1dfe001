/** Holds remotes down, and connects to them. */

import type { Client } from '../../agent/client/connect';
import { type OutageParams, type OutageStarted, startOutage } from '../../agent/protocol';
import type { Address, Puppet } from './puppet';

/** Longer than a test waits for its end: what is up again before, is so for another reason. */
export const forLongMs = 600_000;

/** For long, by refusing connects, as long as the client stays. */
export function holdDown(
  client: Client,
  filter: string,
  more: Partial<OutageParams> = {},
): Promise<OutageStarted> {
  return client.request(startOutage, { filter, fault: 'refused', forMs: forLongMs, detach: false, ...more });
}

/** The errno of a connect; null: it succeeds. */
export function connectErrno(
  puppet: Puppet,
  to: Address,
  family: 'ipv4' | 'ipv6' = 'ipv4',
): Promise<string | null> {
  return puppet.connectErrno('try', { family, to });
}
