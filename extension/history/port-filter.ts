/** The filter of Who Talked to This? Pure. */

import {
  formatEndpoint,
  isWildcard,
  type PortParams,
  type Socket,
  withoutMapping,
} from '../../agent/protocol';

/**
 * Connections to the port, of its network namespace alone. Where each listener has an address, those of these addresses, with the local
 * programs that connected or failed to. Else those that came in: an address at a far end may be anybody's.
 */
export function portFilter(
  { port, addresses = [] }: Pick<PortParams, 'port' | 'addresses'>,
  netns: number,
  listeners: readonly Pick<Socket, 'netns' | 'local'>[],
): string {
  const own = listeners.filter((listener) => listener.netns === netns && listener.local.port === port);
  const listening = own.map(({ local }) => withoutMapping(local.address));
  const meant = [...new Set(addresses.length > 0 ? addresses : listening)];
  const isEverywhere = meant.length === 0 || meant.length > maxShown || meant.some(isWildcard);
  const ends = meant.map((address) => formatEndpoint({ address, port }));
  return `${isEverywhere ? `:${port}` : `addr:${ends.join(',')}`} net:${netns}`;
}

/** Addresses that are read in a filter at a glance. */
const maxShown = 8;
