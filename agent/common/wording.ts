/** Texts for sockets and processes in messages to people. */

import { constants } from 'node:os';
import { formatEndpoint, type Mode, type Owner, type Socket, type Target } from '../protocol';
import { hiddenProcess, processText } from './process-text';

/** Of two names the kernel's: EAGAIN, not EWOULDBLOCK; EOPNOTSUPP, not ENOTSUP. Node's own function lacks many. */
const errnoNames = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => !['EWOULDBLOCK', 'ENOTSUP'].includes(name))
    .map(([name, errno]) => [errno, name]),
);

/** `ECONNABORTED` for 103; `errno 4711` where Linux has no such number. */
export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `errno ${errno}`;
}

/** Local and remote end for two columns; `-` without a remote. */
export function tupleEnds({ local, remote }: Pick<Target, 'local' | 'remote'>): [string, string] {
  return [formatEndpoint(local), remote ? formatEndpoint(remote) : '-'];
}

/**
 * `node (pid 42)`, `node (pid 42) and 2 more`; without an owner `no process`. Use processesText where processes may be
 * signalled: it names each. `leftOut`: owners that are not listed, which may be of further processes.
 */
export function ownersText(owners: readonly Owner[], leftOut = 0): string {
  const [first, ...rest] = new Map(owners.map((owner) => [owner.pid, owner])).values();
  if (!first) return 'no process';
  if (leftOut > 0) return `${processText(first)} and at least ${rest.length} more`;
  return rest.length === 0 ? processText(first) : `${processText(first)} and ${rest.length} more`;
}

/** As ownersText: an owner that cannot be read is not an absent one. */
export function socketOwnersText({
  owners,
  ownersLeftOut,
  inode,
}: Pick<Socket, 'owners' | 'ownersLeftOut' | 'inode'>): string {
  return owners.length === 0 && inode !== '0' ? hiddenProcess() : ownersText(owners, ownersLeftOut);
}

/** How what the scope denies is allowed. */
export function widerScopeText(mode: Mode): string {
  return `sudo sockscope agent ${mode === 'observer' ? 'serve' : 'restart'} --scope all`;
}

/** `TCP connection`, `listening TCP socket`, `UDP socket`. */
export function kindText({ protocol, state, remote }: Pick<Socket, 'protocol' | 'state' | 'remote'>): string {
  if (protocol === 'udp') return remote ? 'connected UDP socket' : 'UDP socket';
  if (state === 'listen') return 'listening TCP socket';
  return remote ? 'TCP connection' : 'TCP socket';
}
