/** The addresses that a question about a port is about. */

import { canonicalAddress, loopback, withoutMapping } from '../../protocol';

/** Of `127.0.0.1`, `[::1]`, `localhost`; none for `*` and for nothing: all. Null: not an address of this machine. */
export function bindAddresses(host: string): readonly string[] | null {
  if (host === '' || host === '*') return [];
  if (host === 'localhost') return loopback;
  const address = canonicalAddress(/^\[(.*)\]$/.exec(host)?.[1] ?? host);
  return address === null ? null : [withoutMapping(address)];
}
