/** What a destroy of one target would do, judged on one inventory. The destroy itself asks here first. */

import type { Inventory, SeenSocket } from './inventory';
import { isOutOfSight } from './lifeline';
import { prediction } from './prediction';
import {
  type DestroyOptions,
  type Engine,
  formatTuple,
  isClosed,
  type PlannedSocket,
  type Scope,
  type Target,
  targetOf,
} from './protocol';
import { type Client, inScope } from './scope';
import { ownersText } from './wording';

export interface Judge {
  readonly inventory: Inventory;
  readonly client: Client;
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
  return { act: resets ? 'reset' : 'destroy', message: prediction(seen, inventory), seen };
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

/** What cannot be done, or not with the engines there are. */
function unreachable({ socket, record }: SeenSocket, { engines, options }: Judge): Verdict | null {
  const name = formatTuple(socket);
  if (socket.obstacle !== null) return { act: 'unsupported', message: `${name}: ${socket.obstacle}` };
  if (isOutOfSight(record, socket.owners) && (options.engine === 'sock_diag' || !engines.includes('bpf')))
    return {
      act: 'unsupported',
      message: `${name} may be the kernel's own, which only the bpf engine can tell: leave it, or use a kernel with bpf_sock_destroy`,
    };
  return null;
}

export function sameTuple(a: Target, b: Target): boolean {
  return a.protocol === b.protocol && formatTuple(a) === formatTuple(b);
}

export function planned(target: Target, { act, message, seen }: Verdict): PlannedSocket {
  return { ...targetOf(target), act, listener: seen?.socket.state === 'listen', message };
}
