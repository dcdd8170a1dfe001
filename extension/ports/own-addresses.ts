/** Addresses of bound sockets that keep nobody from the usual ones. Pure. */

import { isWildcard, loopback, maxAddresses, type Socket, withoutMapping } from '../../agent/protocol';

/**
 * Those of the bound sockets among these, where all have an address of their own, such as 10.0.0.5: a port alone does not name them.
 * Empty: the port is meant at every address.
 */
export function ownAddresses(sockets: readonly Pick<Socket, 'local' | 'remote'>[]): readonly string[] {
  const bound = sockets.filter(({ remote }) => remote === null);
  const addresses = [...new Set(bound.map(({ local }) => withoutMapping(local.address)))];
  const own = addresses.every((address) => !isWildcard(address) && !loopback.includes(address));
  return own && addresses.length <= maxAddresses ? addresses : [];
}
