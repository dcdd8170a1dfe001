/** Which binds a socket may block. */

import { withoutMapping } from './address';

const wildcards: readonly string[] = ['0.0.0.0', '::'];

/** `0.0.0.0` or `::`. */
export function isWildcard(address: string): boolean {
  return wildcards.includes(address);
}

/**
 * Whether a socket with this local address may block a bind to `address`: both are the same, or one is a wildcard that includes the
 * other. A bind to `::` is for IPv4 as well; whether a socket on `::` is, only a bind shows.
 */
export function mayCollide(local: string, address: string): boolean {
  const [one, other] = [withoutMapping(local), withoutMapping(address)];
  if (one === other || one === '::' || other === '::') return true;
  return isIpv6(one) === isIpv6(other) && (isWildcard(one) || isWildcard(other));
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}
