/** Predicts in one sentence what a destroy would do: which process gets which error. By state, as tcp_abort and udp_abort do it. */

import { kindText, ownersText, socketOwnersText } from '../common/wording';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { formatEndpoint, formatTuple, type Socket, type State } from '../protocol';

/** States in which tcp_abort sends no RST. */
const statesWithoutReset: readonly State[] = ['syn-sent', 'closing', 'last-ack', 'time-wait'];

export function prediction({ socket }: SeenSocket, inventory: Pick<Inventory, 'get'>): string {
  const kind = `The ${kindText(socket)} ${formatTuple(socket)}`;
  const who = socketOwnersText(socket);
  if (socket.protocol === 'udp')
    return `${kind} is reset, not closed: ${who} gets ECONNABORTED once${socket.remote ? '' : ' and, unless the kernel chose its port, stays bound'}`;
  if (socket.state === 'listen')
    return `${kind} stops accepting: ${who} lives on but deaf, most servers then spin at 100 % CPU, and the port often stays taken`;
  if (socket.state === 'time-wait')
    return `${kind} is forgotten by the kernel: no process is touched, and nobody sees an error`;
  return `${kind} is aborted: ${ownerPrediction(socket)}, ${peerPrediction(socket, inventory)}`;
}

/** The other end has closed where the state is close-wait: the kernel goes on to report the end of the connection then. */
function ownerPrediction(socket: Socket): string {
  const { state, owners, inode } = socket;
  const who = socketOwnersText(socket);
  if (owners.length === 0 && inode === '0') return 'no process is touched';
  if (state === 'close-wait')
    return `${who} sees no error unless it writes (ECONNABORTED): a read finds the end, as before`;
  return `${who} gets ECONNABORTED`;
}

/** For a listener whose port another one is to bind. */
export function takeOverPrediction({ socket }: SeenSocket): string {
  return `The ${kindText(socket)} ${formatTuple(socket)} gets SO_REUSEADDR and stops accepting, so that a new server that sets SO_REUSEADDR can bind port ${socket.local.port} at once: ${socketOwnersText(socket)} stays alive but deaf, mostly spinning at 100 % CPU`;
}

function peerPrediction(socket: Socket, inventory: Pick<Inventory, 'get'>): string {
  if (!socket.remote || statesWithoutReset.includes(socket.state)) return 'and its peer is not notified';
  const peer = socket.peer ? inventory.get(socket.peer)?.socket : undefined;
  const held = peer && peer.owners.length > 0;
  const name = held ? ownersText(peer.owners, peer.ownersLeftOut) : formatEndpoint(socket.remote);
  // Its end is known, and no process has it: what closed the connection is over.
  if (socket.state === 'close-wait' && peer && !held)
    return 'and its peer has closed: nobody sees an error there';
  if (socket.state === 'close-wait')
    return `its peer ${name} has closed its side and gets ECONNRESET if it still reads`;
  // tcp_reset: EPIPE for who has seen the end of this side.
  const isReadToEnd = peer ? peer.state === 'close-wait' : socket.state === 'fin-wait-2';
  return isReadToEnd
    ? `its peer ${name} sees no error unless it writes (EPIPE)`
    : `its peer ${name} gets ECONNRESET`;
}
