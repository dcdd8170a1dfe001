/** IP addresses as text in canonical form, so that equal addresses are equal strings. */

import type { Endpoint } from './sockets';

/** Bytes in network order to `127.0.0.1` or RFC 5952's `::1`; IPv4-mapped ones as `::ffff:127.0.0.1`. */
export function formatAddress(bytes: ArrayLike<number>): string {
  const all = Array.from(bytes);
  if (all.length === 4) return all.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((all[2 * i] ?? 0) << 8) | (all[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return `::ffff:${all.slice(12).join('.')}`;
  return compress(groups.map((group) => group.toString(16)));
}

/** Replaces the longest run of two or more zero groups, the first of equals, by `::`. */
function compress(groups: string[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === '0') end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  if (best.start < 0) return groups.join(':');
  const head = groups.slice(0, best.start).join(':');
  return `${head}::${groups.slice(best.start + best.length).join(':')}`;
}

/** Canonical form of a typed address; null where it is not an address. */
export function canonicalAddress(text: string): string | null {
  const bytes = addressBytes(text);
  return bytes ? formatAddress(bytes) : null;
}

/** 4 or 16 bytes in network order; null where the text is not an address. */
export function addressBytes(text: string): number[] | null {
  return ipv4Bytes(text) ?? ipv6Bytes(text);
}

/** `::ffff:10.0.0.1` and `10.0.0.1` name the same host. */
export function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** `127.0.0.1:3000`, `[::1]:3000`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `127.0.0.1:3000 -> 127.0.0.1:51234`, or the local end alone. */
export function formatTuple({ local, remote }: { local: Endpoint; remote: Endpoint | null }): string {
  return remote ? `${formatEndpoint(local)} -> ${formatEndpoint(remote)}` : formatEndpoint(local);
}

/** A group with a leading zero is refused: some programs read it as octal, so it would name another host there. */
function ipv4Bytes(text: string): number[] | null {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function ipv6Bytes(text: string): number[] | null {
  const halves = text.split('::');
  if (!text.includes(':') || halves.length > 2) return null;
  const [head, tail] = halves.map((half, at) =>
    half === '' ? [] : groupBytes(half, at === halves.length - 1),
  );
  if (!head || tail === null) return null;
  if (tail === undefined) return head.length === 16 ? head : null;
  const zeros = 16 - head.length - tail.length;
  return zeros >= 2 ? [...head, ...new Array<number>(zeros).fill(0), ...tail] : null;
}

/** `1:a:127.0.0.1` to bytes; only the last group of an address may be dotted. */
function groupBytes(half: string, isLast: boolean): number[] | null {
  const groups = half.split(':');
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const dotted = isLast && index === groups.length - 1 ? ipv4Bytes(group) : null;
    if (dotted) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return null;
  }
  return bytes;
}
