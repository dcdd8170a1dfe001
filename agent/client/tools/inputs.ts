/** Inputs that several tools take. */

import * as v from 'valibot';
import { ends, limits, type PortParams, parseDuration, portProtocols } from '../../protocol';
import { filterRules, filterTerms } from '../../protocol/filter-words';
import { bindAddresses } from '../ports/port-address';
import type { ToolHost } from './tool';

const filterText = `${filterRules} Terms: ${filterTerms.map(([terms, what]) => `${terms} (${what})`).join('; ')}.`;

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Of acts, which must be told what. */
export const actingFilter = v.pipe(
  text(limits.filter),
  v.description(`Which connections, such as "pid:42 remote:5432". ${filterText}`),
);

export const lookingFilter = v.exactOptional(
  v.pipe(text(limits.filter), v.description(`Which sockets; if omitted: all. ${filterText}`)),
);

export const end = v.exactOptional(
  v.pipe(
    v.picklist(ends),
    v.description(
      'Which end of each connection is aborted: local (default), whose program gets ECONNABORTED, or peer, so that the program that matches sees ECONNRESET as in a real outage.',
    ),
  ),
);

export const count = (min: number, max: number, meaning: string) =>
  v.exactOptional(v.pipe(whole(min, max), v.description(meaning)));

export const flag = (meaning: string) => v.exactOptional(v.pipe(v.boolean(), v.description(meaning)));

export const duration = (meaning: string, byDefault: string) =>
  v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}(\.\d{1,3})?(ms|s|m)$/),
      v.description(`${meaning}, such as 500ms or 10s; default: ${byDefault}`),
    ),
  );

/** Milliseconds of a text that has the form. Throws an Error that says what is allowed. */
export function readMs(name: string, given: string, minMs: number, maxMs: number): number {
  const ms = parseDuration(given) ?? Number.NaN;
  if (ms >= minMs && ms <= maxMs) return ms;
  throw new Error(`${name} is ${minMs} ms to ${maxMs / 1000} s, not "${given}"`);
}

export const portInput = {
  port: v.pipe(whole(1, 65_535), v.description('The port')),
  protocol: v.exactOptional(v.pipe(v.picklist(portProtocols), v.description('Default: tcp'))),
  address: v.exactOptional(
    v.pipe(
      text(45),
      v.description('Only binds to this address: 127.0.0.1, ::1, localhost; if omitted: all addresses'),
    ),
  ),
  netns: v.exactOptional(
    v.pipe(
      whole(1, 4_294_967_295),
      v.description(
        'Inode of another network namespace, as list_sockets has it; if omitted: that of this machine',
      ),
    ),
  ),
};

interface PortInput {
  readonly port: number;
  readonly protocol?: PortParams['protocol'];
  readonly address?: string;
  readonly netns?: number;
}

/** Throws an Error where the address is none. */
export function portParams(
  host: ToolHost,
  { port, protocol = 'tcp', address = '', netns }: PortInput,
): PortParams {
  const addresses = bindAddresses(address);
  if (!addresses) throw new Error(`"${address}" is not an address of this machine, such as 127.0.0.1 or ::1`);
  return { port, protocol, netns: netns ?? host.netns, addresses };
}
