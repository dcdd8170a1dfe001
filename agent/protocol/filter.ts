/**
 * The filter language, for listing and for acting; this is its only parser.
 *
 * Terms are separated by blanks and all must hold; commas inside a term are alternatives; a leading `-` negates.
 * `:3000` is `port:3000`. A term without a key is free text, for listing only.
 */

import { canonicalAddress } from './address';
import { limits } from './limits';
import { nearestText } from './nearest';
import { type Protocol, protocols, type State, states } from './sockets';

/** Value of `remote:` and `addr:`; an absent part matches everything. `localhost` is both loopback addresses. */
export interface EndpointPattern {
  readonly addresses?: readonly string[];
  readonly port?: number;
}

export type Condition =
  | { readonly key: 'port' | 'pid' | 'net'; readonly values: readonly number[] }
  | { readonly key: 'remote' | 'addr'; readonly values: readonly EndpointPattern[] }
  | { readonly key: 'process' | 'user' | 'container' | 'cookie' | 'text'; readonly values: readonly string[] }
  | { readonly key: 'state'; readonly values: readonly State[] }
  | { readonly key: 'proto'; readonly values: readonly Protocol[] };

type Term = Condition & { readonly negated: boolean };

/** All terms must hold. */
export type Filter = readonly Term[];

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly message: string };

/** Thrown inside this file only. */
class FilterMistake extends Error {}

/** Never throws: for an invalid filter, `message` is one sentence with the wrong part and the nearest valid form. */
export function parseFilter(text: string): ParsedFilter {
  if (text.length > limits.filter)
    return { ok: false, message: `A filter has at most ${limits.filter} characters` };
  try {
    return { ok: true, filter: words(text).map(parseTerm) };
  } catch (error) {
    if (error instanceof FilterMistake) return { ok: false, message: error.message };
    throw error;
  }
}

/** As parseFilter, for verbs that act: every term needs a key, and at least one must not be negated. */
export function parseActingFilter(text: string): ParsedFilter {
  const parsed = parseFilter(text);
  if (!parsed.ok) return parsed;
  const freeText = parsed.filter.find((term) => term.key === 'text');
  if (freeText)
    return {
      ok: false,
      message: `"${freeText.values[0]}" is free text, which is for listing only: add a key, such as process:${freeText.values[0]} or :3000`,
    };
  if (!parsed.filter.some((term) => !term.negated))
    return {
      ok: false,
      message: 'A filter is needed that selects sockets, such as :3000, pid:42 or remote:5432',
    };
  return parsed;
}

/** As parseFilter, for connections of the past, which have no present state, and whose container is not known. */
export function parseHistoryFilter(text: string): ParsedFilter {
  const parsed = parseFilter(text);
  const term = parsed.ok
    ? parsed.filter.find(({ key }) => key === 'state' || key === 'container')
    : undefined;
  if (!term) return parsed;
  return {
    ok: false,
    message: `"${term.key}:" is not known of connections of the past: use free text, such as failed, refused or timed-out, or a process: or port`,
  };
}

/** True where the filter includes sockets that are closed but still in an fd table. */
export function asksForClosed(filter: Filter): boolean {
  return filter.some((term) => term.key === 'state' && !term.negated && term.values.includes('close'));
}

/** Splits at blanks; double quotes keep blanks together. */
function words(text: string): string[] {
  const found = text.match(/(?:[^\s"]|"[^"]*("|$))+/g) ?? [];
  return found.map((word) => word.replaceAll('"', '')).filter((word) => word !== '');
}

function parseTerm(word: string): Term {
  const negated = word.length > 1 && word.startsWith('-');
  return { ...parseCondition(negated ? word.slice(1) : word), negated };
}

function parseCondition(word: string): Condition {
  if (/^:(?!:)/.test(word)) return keyed('port', word.slice(1), word);
  const [, name, rest] = /^([a-z]+):(.*)$/is.exec(word) ?? [];
  if (name === undefined || rest === undefined || rest.startsWith('//'))
    return { key: 'text', values: [word] };
  const key = filterKeys.find((known) => known === name.toLowerCase());
  if (key) return keyed(key, rest, word);
  throw new FilterMistake(`"${name}:" is not a filter key${nearestText(name, filterKeys, ':')}`);
}

export const filterKeys = [
  'port',
  'remote',
  'addr',
  'pid',
  'process',
  'state',
  'proto',
  'user',
  'net',
  'container',
  'cookie',
] as const;
type Key = (typeof filterKeys)[number];

function keyed(key: Key, rest: string, word: string): Condition {
  const parts = rest.split(',').filter((part) => part !== '');
  if (parts.length === 0) throw new FilterMistake(`"${word}" has no value: for example ${examples[key]}`);
  switch (key) {
    case 'port':
      return { key, values: parts.map((part) => parsePort(part, word)) };
    case 'pid':
    case 'net':
      return { key, values: parts.map((part) => parseNumber(key, part, 4_294_967_295)) };
    case 'remote':
    case 'addr':
      return { key, values: parts.map((part) => parseEndpoint(key, part)) };
    case 'state':
      return { key, values: parts.map((part) => oneOf(key, part, states)) };
    case 'proto':
      return { key, values: parts.map((part) => oneOf(key, part, protocols)) };
    case 'cookie':
      return { key, values: parts.map(parseCookie) };
    case 'process':
    case 'user':
    case 'container':
      return { key, values: parts };
  }
}

const examples: Record<Key, string> = {
  port: ':3000',
  remote: 'remote:5432, remote:10.0.0.5 or remote:10.0.0.5:5432',
  addr: 'addr:10.0.0.5',
  pid: 'pid:42',
  process: 'process:node',
  state: 'state:listen',
  proto: 'proto:udp',
  user: 'user:postgres or user:1000',
  net: 'net:4026531840',
  container: 'container:web or container:4f5a',
  cookie: 'cookie:4711',
};

function parseNumber(key: Key, part: string, max: number): number {
  const value = /^\d{1,10}$/.test(part) ? Number(part) : Number.NaN;
  if (value >= 0 && value <= max) return value;
  throw new FilterMistake(
    `"${part}" in ${key}: is not a number from 0 to ${max}: for example ${examples[key]}`,
  );
}

function parsePort(part: string, word: string): number {
  const value = /^\d{1,6}$/.test(part) ? Number(part) : Number.NaN;
  if (value <= 65535) return value;
  const digits = part.replace(/\D/g, '').slice(0, 5);
  const hint = digits !== '' && Number(digits) <= 65535 ? `:${Number(digits)}` : ':3000';
  throw new FilterMistake(
    `"${part}" in "${word}" is not a port: a port is a number from 0 to 65535, such as ${hint}`,
  );
}

function parseEndpoint(key: 'remote' | 'addr', part: string): EndpointPattern {
  if (/^\d+$/.test(part)) return { port: parsePort(part, `${key}:${part}`) };
  const whole = parseAddresses(part);
  if (whole) return { addresses: whole };
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(part) ?? [];
  const addresses = parseAddresses(bracketed ?? plain ?? '');
  if (addresses && port !== undefined) return { addresses, port: parsePort(port, `${key}:${part}`) };
  throw new FilterMistake(
    `"${part}" in ${key}: is not an address or port: for example ${key}:5432, ${key}:10.0.0.5, ${key}:10.0.0.5:5432 or ${key}:[::1]:5432`,
  );
}

function parseAddresses(text: string): readonly string[] | null {
  if (text.toLowerCase() === 'localhost') return ['127.0.0.1', '::1'];
  const address = canonicalAddress(text.replace(/^\[(.*)\]$/, '$1'));
  return address === null ? null : [address];
}

function oneOf<Word extends string>(key: Key, part: string, known: readonly Word[]): Word {
  const found = known.find((word) => word === part.toLowerCase());
  if (found) return found;
  throw new FilterMistake(
    `"${part}" is not a ${key === 'proto' ? 'protocol' : key}${nearestText(part, known)}`,
  );
}

function parseCookie(part: string): string {
  const isNumber = /^(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(part);
  if (isNumber && BigInt(part) < 2n ** 64n) return BigInt(part).toString();
  throw new FilterMistake(
    `"${part}" is not a cookie: for example cookie:4711, or cookie:0x1267 as ss prints it`,
  );
}
