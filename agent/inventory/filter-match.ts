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
  type Socket,
  withoutMapping,
} from '../protocol';

/** A predicate; it matches closed sockets without a port only where the filter asks for them. */
export function matcher(filter: Filter): (socket: Socket) => boolean {
  const closedToo = asksForClosed(filter);
  const tests = filter.map((term) => {
    const holds = condition(term);
    return (socket: Socket) => holds(socket) !== term.negated;
  });
  return (socket) => (closedToo || !isClosed(socket)) && tests.every((test) => test(socket));
}

function condition(term: Condition): (socket: Socket) => boolean {
  switch (term.key) {
    case 'port':
      return ({ local }) => term.values.includes(local.port);
    case 'pid':
      return ({ owners }) => owners.some(({ pid }) => term.values.includes(pid));
    case 'net':
      return ({ netns }) => term.values.includes(netns);
    case 'remote':
      return ({ remote }) =>
        remote !== null && term.values.some((pattern) => endpointMatches(pattern, remote));
    case 'addr':
      return ({ local, remote }) =>
        term.values.some(
          (pattern) =>
            endpointMatches(pattern, local) || (remote !== null && endpointMatches(pattern, remote)),
        );
    case 'process':
      return ({ owners }) => owners.some(({ name }) => term.values.includes(name));
    case 'user': {
      const uids = term.values.map(uidOf);
      // The kernel keeps no uid for a time-wait socket: its 0 does not mean root.
      return ({ state, uid }) => state !== 'time-wait' && uids.includes(uid);
    }
    case 'container':
      return ({ container }) => container !== null && term.values.some((text) => isCalled(container, text));
    case 'cookie':
      return ({ cookie }) => term.values.includes(cookie);
    case 'state':
      return ({ state }) => term.values.includes(state);
    case 'proto':
      return ({ protocol }) => term.values.includes(protocol);
    case 'text':
      return (socket) => term.values.some((text) => hasText(socket, text.toLowerCase()));
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

function hasText({ local, remote, owners, state }: Socket, text: string): boolean {
  const shown = [formatEndpoint(local), remote ? formatEndpoint(remote) : '', state];
  for (const { name, command, pid } of owners) shown.push(name, command, String(pid));
  return shown.some((part) => part.toLowerCase().includes(text));
}
