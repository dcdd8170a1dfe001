/** Remotes that a test holds down, and what connects to them come to. */

import type { Client } from '../../agent/client/connect';
import { type OutageParams, type OutageStarted, startOutage } from '../../agent/protocol';
import type { Address, Puppet } from './puppet';

/** For a minute, by refusing connects, as long as the client stays. */
export function holdDown(
  client: Client,
  filter: string,
  more: Partial<OutageParams> = {},
): Promise<OutageStarted> {
  return client.request(startOutage, { filter, fault: 'refused', forMs: 60_000, detach: false, ...more });
}

/** The errno that a connect fails with. */
export function tries(puppet: Puppet, to: Address, family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<string | null> {
  return puppet.connectErrno('try', { family, to });
}
