/** Derives the remotes and processes of an outage, or a degrade, from its filter and the connections that match now. Pure. */

import type { SeenSocket } from '../inventory/inventory';
import {
  type EndpointPattern,
  ErrorCode,
  type Filter,
  formatEndpoint,
  type Namespace,
  type PortProtocol,
  protocolError,
  withoutMapping,
} from '../protocol';

/** The remote of a rule; null: any. */
export interface RemotePattern {
  readonly address: string | null;
  readonly port: number | null;
}

export interface OutageTarget {
  /** At least one; `{address: null, port: null}` for any. */
  readonly remotes: readonly RemotePattern[];
  readonly pids: readonly number[] | null;
  readonly netns: number | null;
  readonly protocol: PortProtocol | null;
  /** One line of text for users. */
  readonly text: string;
}

const anyRemote: RemotePattern = { address: null, port: null };

/** Filter keys of existing connections, not of future ones: the outage is for their present remotes. */
const connectionKeys: ReadonlySet<string> = new Set(['cookie', 'addr', 'port', 'state']);
const processKeys: ReadonlySet<string> = new Set(['pid', 'process', 'user']);
/** One of these is required: without it, an outage would be for everything. */
const targetKeys: ReadonlySet<string> = new Set([
  'remote',
  'cookie',
  'addr',
  'port',
  'pid',
  'process',
  'container',
]);

/**
 * `matched`: connections that match now. `home`: the network namespace that a remote is in unless the filter names one; null: there
 * are several. Throws invalidFilter where the filter has neither a remote nor a process, or no namespace where it needs one, and
 * notFound where nothing matches.
 */
export function outageTarget(
  filter: Filter,
  matched: readonly SeenSocket[],
  namespaces: readonly Namespace[],
  home: number | null,
): OutageTarget {
  if (filter.some(({ negated }) => negated))
    throw protocolError(
      ErrorCode.invalidFilter,
      'Terms with - do not say what to affect: name it, such as pid:42 remote:5432',
    );
  refuseRepeated(filter);
  if (!filter.some(({ key }) => targetKeys.has(key)))
    throw protocolError(ErrorCode.invalidFilter, 'Name a remote or a process, such as remote:5432 or pid:42');
  const byConnection = filter.some(({ key }) => connectionKeys.has(key));
  const inside = containerNamespace(filter, namespaces);
  const byProcess =
    byConnection ||
    filter.some(({ key }) => processKeys.has(key) || (key === 'container' && inside === null));
  const explicit = filter.flatMap((term) => (term.key === 'remote' ? term.values : []));
  const remotes =
    explicit.length > 0 ? explicit.flatMap(toPatterns) : byConnection ? remotesOf(matched) : [anyRemote];
  const pids = byProcess ? pidsOf(filter, matched) : null;
  const netns = namedNamespace(filter) ?? inside ?? (pids === null ? home : null);
  if (pids === null && netns === null)
    throw protocolError(
      ErrorCode.invalidFilter,
      'Connections of several network namespaces match, and a remote is in one: name one after net:',
    );
  if (pids?.length === 0 || remotes.length === 0)
    throw protocolError(ErrorCode.notFound, 'Nothing matches now, so no process is known: start it first');
  return { remotes, pids, netns, protocol: protocolOf(filter), text: targetText(remotes, pids, filter) };
}

/** The network namespace that all are in; null: there is none, or several. */
export function soleNamespace(sockets: readonly SeenSocket[]): number | null {
  const [first, ...others] = new Set(sockets.map(({ socket }) => socket.netns));
  return others.length === 0 ? (first ?? null) : null;
}

function toPatterns({ addresses, port }: EndpointPattern): RemotePattern[] {
  if (!addresses) return [{ address: null, port: port ?? null }];
  return addresses.map((address) => ({ address, port: port ?? null }));
}

function remotesOf(matched: readonly SeenSocket[]): RemotePattern[] {
  const remotes = matched.flatMap(({ socket: { remote } }) => remote ?? []);
  return [...new Map(remotes.map((remote) => [formatEndpoint(remote), remote])).values()];
}

/** Whether the remote of the socket is one of these. */
export function isTo({ address, port }: RemotePattern, { socket: { remote } }: SeenSocket): boolean {
  if (!remote || (port !== null && port !== remote.port)) return false;
  return address === null || withoutMapping(address) === withoutMapping(remote.address);
}

/** A pid counts even without a connection, unless another term restricts its process. */
function pidsOf(filter: Filter, matched: readonly SeenSocket[]): number[] {
  const more = filter.some(({ key }) => key === 'process' || key === 'user' || key === 'container');
  const named = more ? [] : filter.flatMap((term) => (term.key === 'pid' ? term.values : []));
  const owners = matched.flatMap(({ holders }) => holders.map(({ pid }) => pid));
  return [...new Set([...named, ...owners])];
}

/** Two terms of the same key must both match, which a rule cannot express. */
function refuseRepeated(filter: Filter): void {
  const twice = filter.find(({ key }, at) => filter.findIndex((other) => other.key === key) < at);
  if (twice)
    throw protocolError(
      ErrorCode.invalidFilter,
      `Say ${twice.key}: only once, such as remote:10.0.0.5:5432 or remote:5432,6379`,
    );
}

function namedNamespace(filter: Filter): number | null {
  const [named, another] = filter.flatMap((term) => (term.key === 'net' ? term.values : []));
  if (another !== undefined)
    throw protocolError(
      ErrorCode.invalidFilter,
      'Only one network namespace can be affected at once: name one after net:',
    );
  return named ?? null;
}

/** The namespace of the named container; null: none is named, or it shares the host's or another container's. */
function containerNamespace(filter: Filter, namespaces: readonly Namespace[]): number | null {
  const texts = filter.flatMap((term) => (term.key === 'container' ? term.values : []));
  const found = namespaces.filter(
    ({ container }) =>
      container && texts.some((text) => container.name === text || container.id.startsWith(text)),
  );
  if (texts.length > 1 || found.length > 1)
    throw protocolError(
      ErrorCode.invalidFilter,
      'Only one container can be affected at once: name one after container:',
    );
  return found[0]?.netns ?? null;
}

function protocolOf(filter: Filter): PortProtocol | null {
  const protocols = filter.flatMap((term) => (term.key === 'proto' ? term.values : []));
  const [protocol, another] = protocols.map((name) => {
    if (name === 'tcp' || name === 'udp') return name;
    throw protocolError(
      ErrorCode.invalidFilter,
      `Only tcp and udp can be affected, not ${name}: name one of them`,
    );
  });
  return another === undefined ? (protocol ?? null) : null;
}

export function targetText(
  remotes: readonly RemotePattern[],
  pids: readonly number[] | null,
  filter: Filter,
): string {
  const where = [...new Set(remotes.map(remoteText))].join(', ');
  const inside = filter.flatMap((term) => (term.key === 'container' ? term.values : [])).join(', ');
  if (inside !== '') return `${where} for container ${inside}`;
  return pids === null ? where : `${where} for pid ${pids.join(', ')}`;
}

function remoteText({ address, port }: RemotePattern): string {
  if (address === null) return port === null ? 'any remote' : `port ${port}`;
  const host = withoutMapping(address);
  return port === null ? host : formatEndpoint({ address: host, port });
}
