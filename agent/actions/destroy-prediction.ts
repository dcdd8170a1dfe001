/** Predicts in one sentence what a destroy would do: which process gets which error. By state, as tcp_abort and udp_abort do it. */

import { kindText, ownersText } from '../common/wording';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { formatEndpoint, formatTuple, type Socket, type State } from '../protocol';

/** States in which tcp_abort sends no RST. */
const statesWithoutReset: readonly State[] = ['syn-sent', 'closing', 'last-ack', 'time-wait'];

export function prediction({ socket }: SeenSocket, inventory: Inventory): string {
  const kind = `The ${kindText(socket)} ${formatTuple(socket)}`;
  const who = ownersText(socket.owners, socket.ownersLeftOut);
  if (socket.protocol === 'udp')
    return `${kind} is reset, not closed: ${who} gets ECONNABORTED once${socket.remote ? '' : ' and, unless the kernel chose its port, stays bound'}`;
  if (socket.state === 'listen')
    return `${kind} stops accepting: ${who} lives on but deaf, most servers then spin at 100 % CPU, and the port often stays taken`;
  if (socket.state === 'time-wait') return `${kind} is forgotten by the kernel; no process is touched`;
  const owner = socket.owners.length > 0 ? `${who} gets ECONNABORTED` : 'no process is touched';
  return `${kind} is aborted: ${owner}, ${peerPrediction(socket, inventory)}`;
}

/** For a listener whose port another one is to bind. */
export function takeOverPrediction({ socket }: SeenSocket): string {
  return `The ${kindText(socket)} ${formatTuple(socket)} gets SO_REUSEADDR and stops accepting, so that a new server that sets SO_REUSEADDR can bind port ${socket.local.port} at once: ${ownersText(socket.owners, socket.ownersLeftOut)} stays alive but deaf, mostly spinning at 100 % CPU`;
}

function peerPrediction(socket: Socket, inventory: Inventory): string {
  if (!socket.remote || statesWithoutReset.includes(socket.state)) return 'and its peer is not notified';
  const peer = socket.peer ? inventory.get(socket.peer) : undefined;
  const name =
    peer && peer.socket.owners.length > 0
      ? ownersText(peer.socket.owners, peer.socket.ownersLeftOut)
      : formatEndpoint(socket.remote);
  return `its peer ${name} gets ECONNRESET`;
}
