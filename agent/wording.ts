/** How sockets and processes are called in messages to people. */

import { getSystemErrorName } from 'node:util';
import { formatEndpoint, type Owner, type Socket, type Target, visibleText } from './protocol';

/** `ECONNABORTED` for 103. */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** Local and remote end for two columns; `-` without a remote. */
export function tupleEnds({ local, remote }: Pick<Target, 'local' | 'remote'>): [string, string] {
  return [formatEndpoint(local), remote ? formatEndpoint(remote) : '-'];
}

/** `node (pid 42)`, `node (pid 42) and 2 more`; without an owner `no process`. */
export function ownersText(owners: readonly Owner[]): string {
  const processes = [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
  const [first, ...rest] = processes;
  if (!first) return 'no process';
  const text = `${visibleText(first.name)} (pid ${first.pid})`;
  return rest.length === 0 ? text : `${text} and ${rest.length} more`;
}

/** `TCP connection`, `listening TCP socket`, `UDP socket`. */
export function kindText({ protocol, state, remote }: Pick<Socket, 'protocol' | 'state' | 'remote'>): string {
  if (protocol === 'udp') return remote ? 'connected UDP socket' : 'UDP socket';
  if (state === 'listen') return 'listening TCP socket';
  return remote ? 'TCP connection' : 'TCP socket';
}
