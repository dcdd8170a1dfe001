/** What a destroy of one target would do, judged on one inventory. The destroy itself asks here first. */

import { inScope } from '../access/scope';
import { ownersText } from '../common/wording';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { isOutOfSight } from '../inventory/lifeline';
import {
  type DestroyOptions,
  type Engine,
  formatTuple,
  isClosed,
  type PlannedSocket,
  type Scope,
  sameTuple,
  type Target,
  targetOf,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import { prediction, takeOverPrediction } from './destroy-prediction';

export interface Judge {
  readonly inventory: Inventory;
  readonly client: ClientIdentity;
  readonly scope: Scope;
  /** What can destroy here. */
  readonly engines: readonly Engine[];
  readonly options: DestroyOptions;
}

export interface Verdict {
  readonly act: PlannedSocket['act'];
  readonly message: string;
  /** Present where something is left to act on. */
  readonly seen?: SeenSocket;
}

/** The strictest reason comes first; only what none of them stops is acted on. */
export function judge(target: Target, judgement: Judge): Verdict {
  const { inventory } = judgement;
  const seen = inventory.get(target);
  if (!seen || isClosed(seen.socket))
    return { act: 'gone', message: `${formatTuple(target)} is closed already` };
  if (!sameTuple(target, seen.socket))
    return {
      act: 'changed',
      message: `${formatTuple(target)} is now ${formatTuple(seen.socket)}: refresh and choose again`,
    };
  const refusal = forbidden(seen, judgement) ?? unreachable(seen, judgement);
  if (refusal) return { ...refusal, seen };
  const resets = seen.socket.protocol === 'udp';
  const message = isTakenOver(seen, judgement.options)
    ? takeOverPrediction(seen)
    : prediction(seen, inventory);
  return { act: resets ? 'reset' : 'destroy', message, seen };
}

/** What must not be done: another user's, lifeline, and listeners that were not asked for. */
function forbidden(seen: SeenSocket, { inventory, client, scope, options }: Judge): Verdict | null {
  const { socket, record } = seen;
  const name = `${formatTuple(socket)} of ${ownersText(socket.owners)}`;
  if (!inScope(seen, inventory, client, scope))
    return {
      act: 'denied',
      message: `${name} ${socket.owners.length > 0 ? 'belongs to another user' : 'cannot be told to be yours'}: an agent started with --scope all may destroy it`,
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
  return null;
}

/** Its port is to be free for another listener, which only the bpf engine can do. */
export function isTakenOver({ socket }: SeenSocket, { takeOver }: DestroyOptions): boolean {
  return takeOver === true && socket.state === 'listen';
}

/** What cannot be done, or not with the engines there are. */
function unreachable(seen: SeenSocket, { engines, options }: Judge): Verdict | null {
  const { socket, record } = seen;
  const name = formatTuple(socket);
  const withoutBpf = options.engine === 'sock_diag' || !engines.includes('bpf');
  if (socket.obstacle !== null) return { act: 'unsupported', message: `${name}: ${socket.obstacle}` };
  if (isTakenOver(seen, options) && withoutBpf)
    return {
      act: 'unsupported',
      message: `${name} cannot be taken over: only the bpf engine can set SO_REUSEADDR on another program's socket; end the process instead`,
    };
  if (isOutOfSight(record, socket.owners) && withoutBpf)
    return {
      act: 'unsupported',
      message: `${name} may be the kernel's own, which only the bpf engine can tell: leave it, or use a kernel with bpf_sock_destroy`,
    };
  return null;
}

export function planned(target: Target, { act, message, seen }: Verdict): PlannedSocket {
  return { ...targetOf(target), act, listener: seen?.socket.state === 'listen', message };
}
