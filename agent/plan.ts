/** What a destroy of one target would do, judged on one inventory. The destroy itself asks here first. */

import type { Inventory, SeenSocket } from './inventory';
import { isOutOfSight } from './lifeline';
import {
  type DestroyOptions,
  formatEndpoint,
  formatTuple,
  isClosed,
  type PlannedSocket,
  type Scope,
  type Target,
} from './protocol';
import { type Client, inScope } from './scope';
import { targetOf } from './target';
import { kindText, ownersText } from './wording';

export interface Judge {
  readonly inventory: Inventory;
  readonly client: Client;
  readonly scope: Scope;
  readonly options: DestroyOptions;
}

export interface Verdict {
  readonly act: PlannedSocket['act'];
  readonly message: string;
  /** Present where something is left to act on. */
  readonly seen?: SeenSocket;
}

/** The strictest reason comes first; only what none of them stops is acted on. */
export function judge(target: Target, { inventory, client, scope, options }: Judge): Verdict {
  const seen = inventory.get(target);
  if (!seen || isClosed(seen.socket))
    return { act: 'gone', message: `${formatTuple(target)} is closed already` };
  if (!sameTuple(target, seen.socket))
    return {
      act: 'changed',
      message: `${formatTuple(target)} is now ${formatTuple(seen.socket)}: refresh and choose again`,
    };
  const refusal = refuse(seen, inventory, client, scope, options);
  if (refusal) return { ...refusal, seen };
  const resets = seen.socket.protocol === 'udp';
  return { act: resets ? 'reset' : 'destroy', message: prediction(seen, inventory), seen };
}

function refuse(
  seen: SeenSocket,
  inventory: Inventory,
  client: Client,
  scope: Scope,
  options: DestroyOptions,
): Verdict | null {
  const { socket, record } = seen;
  const name = `${formatTuple(socket)} of ${ownersText(socket.owners)}`;
  if (!inScope(seen, inventory, client, scope))
    return {
      act: 'denied',
      message: `${name} belongs to another user: an agent started with --scope all may destroy it`,
    };
  if (socket.kernel)
    return { act: 'protected', message: `${formatTuple(socket)} belongs to the kernel itself` };
  if (socket.lifeline && !options.includeLifeline)
    return {
      act: 'protected',
      message: isOutOfSight(record, socket.owners)
        ? `${formatTuple(socket)} is held by the kernel or by a process that cannot be seen from here`
        : `${name} is lifeline: it carries an editor, remote-login or agent session`,
    };
  if (socket.state === 'listen' && !options.includeListeners)
    return {
      act: 'protected',
      message: `${name} listens: destroying it leaves most servers running but deaf, so it must be asked for by name`,
    };
  if (socket.state === 'bound')
    return {
      act: 'unsupported',
      message: `${name} holds a port without listening, which no engine can reach: end the process to free the port`,
    };
  return null;
}

export function sameTuple(a: Target, b: Target): boolean {
  return a.protocol === b.protocol && formatTuple(a) === formatTuple(b);
}

/** One sentence: which process sees which error. */
function prediction({ socket }: SeenSocket, inventory: Inventory): string {
  const kind = `The ${kindText(socket)} ${formatTuple(socket)}`;
  const who = ownersText(socket.owners);
  if (socket.protocol === 'udp')
    return `${kind} is reset, not closed: ${who} gets ECONNABORTED once${socket.remote ? '' : ' and stays bound'}`;
  if (socket.state === 'listen')
    return `${kind} stops accepting: ${who} lives on but deaf, most servers then spin at 100 % CPU, and the port often stays taken`;
  if (socket.state === 'time-wait') return `${kind} is forgotten by the kernel; no process is touched`;
  return `${kind} is aborted: ${who === 'no process' ? who : `${who} gets`}${who === 'no process' ? ' is touched' : ' ECONNABORTED'}, ${peerPrediction(socket, inventory)}`;
}

function peerPrediction(socket: SeenSocket['socket'], inventory: Inventory): string {
  const peer = socket.peer ? inventory.get(socket.peer) : undefined;
  if (peer && peer.socket.owners.length > 0)
    return `its peer ${ownersText(peer.socket.owners)} gets ECONNRESET`;
  return socket.remote ? `its peer ${formatEndpoint(socket.remote)} gets ECONNRESET` : 'and it has no peer';
}

export function planned(target: Target, { act, message, seen }: Verdict): PlannedSocket {
  return { ...targetOf(target), act, listener: seen?.socket.state === 'listen', message };
}
