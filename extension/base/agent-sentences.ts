/**
 * The agent is another process, which writes English. What it says most, of ports, destroys and signals, is translated here; other
 * sentences of it stay English: why the kernel or the scope refuses something, what became of a round of a drill, `doctor`, and
 * errors. Pure.
 */

import type { Translate } from './text';

/** A part of a sentence is `{0}`. Of two that fit, the first counts. */
export const agentSentences: readonly string[] = [
  // what a destroy would do
  'The TCP connection {0} is aborted: {1} sees no error unless it writes (ECONNABORTED): a read finds the end, as before, {2}',
  'The TCP connection {0} is aborted: {1}, {2}',
  'The TCP connection {0} is forgotten by the kernel: no process is touched, and nobody sees an error',
  'The UDP socket {0} is reset, not closed: {1} gets ECONNABORTED once and, unless the kernel chose its port, stays bound',
  'The connected UDP socket {0} is reset, not closed: {1} gets ECONNABORTED once',
  'The listening TCP socket {0} stops accepting: {1} lives on but deaf, most servers then spin at 100 % CPU, and the port often stays taken',
  '{0} gets ECONNABORTED',
  'no process is touched',
  'its peer {0} has closed its side and gets ECONNRESET if it still reads',
  'its peer {0} sees no error unless it writes (EPIPE)',
  'its peer {0} gets ECONNRESET',
  'and its peer has closed: nobody sees an error there',
  'and its peer is not notified',
  // what it has done
  'Destroyed {0}. {1} is still running',
  'Destroyed {0}. {1} are still running',
  'Destroyed {0}. {1} has ended',
  'Destroyed {0}. {1} have ended',
  'Destroyed {0}, which {1} held',
  'Destroyed {0}',
  '{0} of {1} got its error and stays bound',
  '{0} of {1} got its error and was closed then',
  '{0} was closed before anything was done',
  '{0} is closed already',
  '{0} has another tuple by now and was left alone: refresh and choose again',
  '{0} belongs to the kernel itself and was left alone',
  // why it cannot destroy one
  'It is an MPTCP socket, which the kernel lets nobody destroy from outside: end the process instead',
  'It is a UDP-Lite socket, which the kernel cannot destroy: end the process instead',
  'It is a raw socket, which has no connection to destroy: end the process instead',
  'It is a path of an MPTCP socket, and destroying it would not close that socket: end the process instead',
  'It holds a port without listening, which the kernel cannot abort: end the process to free the port',
  // signals
  'The process with pid {0} has ended already',
  '{0} had ended before it could be signalled',
  '{0} ignores SIG{1} and still runs after {2}',
  '{0} got SIG{1} and still runs after {2}',
  '{0} has ended',
  '{0} is left alone: it carries an editor, remote-login or agent session, or may do so',
  '{0} belongs to another user: only an agent may signal it, started with {1}',
  // holders of a port
  '{0} listens on {1}, dual-stack, and so blocks port {2} of IPv4 as well',
  '{0} listen on {1}, dual-stack, and so blocks port {2} of IPv4 as well',
  '{0} listens on {1}, for IPv6 only',
  '{0} listen on {1}, for IPv6 only',
  '{0} listens on {1}',
  '{0} listen on {1}',
  '{0} has bound {1} without listening, which lsof and older versions of ss do not show',
  '{0} have bound {1} without listening, which lsof and older versions of ss do not show',
  '{0} has the UDP socket {1}, dual-stack, and so blocks port {2} of IPv4 as well',
  '{0} has the UDP socket {1}, for IPv6 only',
  '{0} has the UDP socket {1}',
  '{0} have the UDP socket {1}',
  '{0} publishes {1} for a container, which holds the port as long as it runs',
  '{0} has 1 connection on port {1}',
  '{0} has {1} connections on port {2}',
  '{0} uses port {1} as its own end of a connection to {2}: it is not to blame, but blocks a bind',
  '1 closed connection of port {0} is in time-wait: no process has it, and the kernel forgets it within a minute',
  '{0} closed connections of port {1} are in time-wait: no process has them, and the kernel forgets them within a minute',
  '1 connection of port {0} ({1}) is left without a process: the kernel still tries to close it',
  '{0} connections of port {1} ({2}) are left without a process: the kernel still tries to close them',
  'Nobody holds port {0}, but only a process with CAP_NET_BIND_SERVICE may bind it (net.ipv4.ip_unprivileged_port_start)',
  // parts of these
  'A process that cannot be seen from here',
  'No process any more',
  'a hidden process',
  'the agent can identify it (sudo sockscope agent serve)',
  'it is left alone',
  'in {0}, so it does not block this one',
  'it blocks no bind to {0}',
  '{0} and {1}',
];

const patterns = agentSentences.map((sentence) => ({ sentence, literals: sentence.split(/\{\d\}/) }));

/** Characters of a text; others chose the names in it. */
const maxLength = 2000;

/** How deep parts lie in one another: a holder of a connection of a sentence. Each level reads all of the text once for each pattern. */
const maxDepth = 4;

/** Clause by clause, and the parts of each. */
export function translateSentence(t: Translate, text: string): string {
  if (text.length > maxLength) return text;
  return text
    .split('; ')
    .map((clause) => translateClause(t, clause, maxDepth))
    .join('; ');
}

function translateClause(t: Translate, clause: string, depth: number): string {
  if (depth === 0) return clause;
  for (const { sentence, literals } of patterns) {
    const parts = partsBetween(literals, clause);
    if (parts) return t(sentence, ...parts.map((part) => translateClause(t, part, depth - 1)));
  }
  return clause;
}

/**
 * What stands in the places between these, each of at least a character and as short as possible; undefined: it does not fit. Each
 * literal is looked for once, behind the one before: unlike with a regular expression, no name makes that take longer.
 */
function partsBetween([first = '', ...others]: readonly string[], text: string): string[] | undefined {
  const last = others.pop();
  if (last === undefined) return text === first ? [] : undefined;
  if (!text.startsWith(first) || !text.endsWith(last)) return undefined;
  const parts: string[] = [];
  let from = first.length;
  for (const literal of others) {
    const found = text.indexOf(literal, from + 1);
    if (found < 0) return undefined;
    parts.push(text.slice(from, found));
    from = found + literal.length;
  }
  const end = text.length - last.length;
  return from < end ? [...parts, text.slice(from, end)] : undefined;
}
