/** What the extension asks of a socket. Pure. */

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

/** Whether the extension offers to destroy it; the agent decides again. */
export function isLocked(socket: Socket): boolean {
  return socket.lifeline || socket.kernel || socket.obstacle !== null || isClosed(socket);
}

/** What `Destroy All` means by a connection. */
export function isConnection(socket: Socket): boolean {
  return socket.remote !== null && !isClosed(socket);
}

/** It keeps others from its local port: listening, bound without listening, or of UDP. */
export function holdsPort({ protocol, state, local }: Socket): boolean {
  if (local.port === 0) return false;
  return protocol === 'udp' || (protocol.endsWith('tcp') && (state === 'listen' || state === 'bound'));
}

/** It was closed and is shown for a moment more. */
export function hasEnded({ mark }: Pick<Row, 'mark'>): boolean {
  return mark === 'closed';
}

/** Several descriptors of one process are one owner to people. */
export function processesOf({ owners }: { readonly owners: readonly Owner[] }): readonly Owner[] {
  return uniqueProcesses(owners);
}

/** Which end made the connection, as far as the ports tell. */
export function direction({ local, remote }: Pick<Socket, 'local' | 'remote'>): 'in' | 'out' | 'unclear' {
  const here = local.port >= usualPorts.firstEphemeral;
  const there = (remote?.port ?? 0) >= usualPorts.firstEphemeral;
  if (here === there) return 'unclear';
  return there ? 'in' : 'out';
}
