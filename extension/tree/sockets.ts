/** Properties of sockets. Pure. */

import {
  isClosed,
  type Owner,
  type Row,
  type Socket,
  type SocketId,
  uniqueProcesses,
  usualPorts,
} from '../../agent/protocol';

export function socketKey({ netns, cookie }: SocketId): string {
  return `${netns}:${cookie}`;
}

export function isListener({ state }: Pick<Socket, 'state'>): boolean {
  return state === 'listen';
}

/** True where the extension does not offer to destroy it; the agent checks again. */
export function isLocked(socket: Socket): boolean {
  return socket.lifeline || socket.kernel || socket.unsupportedReason !== null || isClosed(socket);
}

/** A connection for `Destroy All`. */
export function isConnection(socket: Socket): boolean {
  return socket.remote !== null && !isClosed(socket);
}

/** Blocks its local port for others: listening, bound without listening, or UDP. */
export function holdsPort({ protocol, state, local }: Socket): boolean {
  if (local.port === 0) return false;
  return protocol === 'udp' || (protocol.endsWith('tcp') && (state === 'listen' || state === 'bound'));
}

/** Those of this user's, those of others, and those without a process that is seen, which are meant least. */
export function ownFirst(sockets: readonly Socket[], ownUid: number): Socket[] {
  const rank = ({ owners, uid }: Socket) => (owners.length === 0 ? 2 : uid === ownUid ? 0 : 1);
  return [...sockets].sort((one, other) => rank(one) - rank(other));
}

/** Closed, and still shown for a moment. */
export function hasEnded({ mark }: Pick<Row, 'mark'>): boolean {
  return mark === 'closed';
}

/** Each owning process once, whatever its number of descriptors. */
export function processesOf({ owners }: { readonly owners: readonly Owner[] }): readonly Owner[] {
  return uniqueProcesses(owners);
}

/** Guesses from the ports which end made the connection. */
export function direction({ local, remote }: Pick<Socket, 'local' | 'remote'>): 'in' | 'out' | 'unclear' {
  const here = local.port >= usualPorts.firstEphemeral;
  const there = (remote?.port ?? 0) >= usualPorts.firstEphemeral;
  if (here === there) return 'unclear';
  return there ? 'in' : 'out';
}
