/** Matches sockets with a filter. */

import { uidOf } from '../common/passwd';
import {
  asksForClosed,
  type Condition,
  type Container,
  type Endpoint,
  type EndpointPattern,
  type Filter,
  formatEndpoint,
  isClosed,
  type Owner,
  type Socket,
  withoutMapping,
} from '../protocol';

/** What the rows of a socket say of it, without its object. */
export interface SocketRows
  extends Pick<Socket, 'netns' | 'cookie' | 'protocol' | 'local' | 'remote' | 'uid'> {
  /** Null: it has none, as a connection of the past. */
  readonly state: Socket['state'] | null;
  readonly owners: readonly Pick<Owner, 'pid' | 'name' | 'command'>[];
  /** Further ones that free text matches. */
  readonly words?: readonly string[];
}

type Predicate<Seen> = (seen: Seen) => boolean;
type Test = { readonly ofRows: Predicate<SocketRows> } | { readonly ofObject: Predicate<Socket> };

/** It matches closed sockets without a port only where the filter asks for them. */
export function matcher(filter: Filter): Predicate<Socket> {
  return allOf<Socket>(filter, (test) => ('ofRows' in test ? test.ofRows : test.ofObject));
}

/** Likewise; true where the rows alone do not decide it. */
export function rowMatcher(filter: Filter): Predicate<SocketRows> {
  return allOf<SocketRows>(filter, (test) => ('ofRows' in test ? test.ofRows : null));
}

/** `predicateOf`: null of tests that are left out. */
function allOf<Seen extends SocketRows>(
  filter: Filter,
  predicateOf: (test: Test) => Predicate<Seen> | null,
): Predicate<Seen> {
  const closedToo = asksForClosed(filter);
  const tests = filter.flatMap((term) => {
    const holds = predicateOf(testOf(term));
    return holds ? (seen: Seen) => holds(seen) !== term.negated : [];
  });
  return (seen) => (closedToo || !isClosed(seen)) && tests.every((test) => test(seen));
}

function testOf(term: Condition): Test {
  switch (term.key) {
    case 'port':
      return { ofRows: ({ local }) => term.values.includes(local.port) };
    case 'pid':
      return { ofRows: ({ owners }) => owners.some(({ pid }) => term.values.includes(pid)) };
    case 'net':
      return { ofRows: ({ netns }) => term.values.includes(netns) };
    case 'remote':
      return {
        ofRows: ({ remote }) =>
          remote !== null && term.values.some((pattern) => endpointMatches(pattern, remote)),
      };
    case 'addr':
      return {
        ofRows: ({ local, remote }) =>
          term.values.some(
            (pattern) =>
              endpointMatches(pattern, local) || (remote !== null && endpointMatches(pattern, remote)),
          ),
      };
    case 'process':
      return { ofRows: ({ owners }) => owners.some(({ name }) => term.values.includes(name)) };
    case 'user': {
      const uids = term.values.map(uidOf);
      // The kernel keeps no uid for a time-wait socket: its 0 does not mean root.
      return { ofRows: ({ state, uid }) => state !== 'time-wait' && uids.includes(uid) };
    }
    case 'container':
      // Its name is known to the client alone.
      return {
        ofObject: ({ container }) =>
          container !== null && term.values.some((text) => isCalled(container, text)),
      };
    case 'cookie':
      return { ofRows: ({ cookie }) => term.values.includes(cookie) };
    case 'state':
      return { ofRows: ({ state }) => state !== null && term.values.includes(state) };
    case 'proto':
      return { ofRows: ({ protocol }) => term.values.includes(protocol) };
    case 'text':
      return { ofRows: (rows) => term.values.some((text) => hasText(rows, text.toLowerCase())) };
  }
}

/** By name, id or the start of an id, as container runtimes accept them. */
function isCalled({ name, id }: Container, text: string): boolean {
  return name === text || id.startsWith(text.toLowerCase());
}

function endpointMatches({ addresses, port }: EndpointPattern, endpoint: Endpoint): boolean {
  if (port !== undefined && port !== endpoint.port) return false;
  const address = withoutMapping(endpoint.address);
  return addresses === undefined || addresses.some((one) => withoutMapping(one) === address);
}

function hasText({ local, remote, owners, state, words = [] }: SocketRows, text: string): boolean {
  const shown = [formatEndpoint(local), remote ? formatEndpoint(remote) : '', state ?? '', ...words];
  for (const { name, command, pid } of owners) shown.push(name, command, String(pid));
  return shown.some((part) => part.toLowerCase().includes(text));
}
