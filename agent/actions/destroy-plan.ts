/** Plans a destroy of one target on one inventory. A dry run reports the plan; a destroy follows it. */

import type { Verdict } from '../broker-link/judge-records';
import { socketOwnersText, widerScopeText } from '../common/wording';
import { hasHiddenOwner } from '../inventory/hidden-owner';
import type { SeenSocket } from '../inventory/inventory';
import { type Seen, unfoundText, unseenText } from '../inventory/unseen';
import {
  type DestroyOptions,
  type Engine,
  formatTuple,
  isClosed,
  type Mode,
  type PlannedSocket,
  sameTuple,
  type Target,
  targetOf,
} from '../protocol';
import { prediction, takeOverPrediction } from './destroy-prediction';

export interface PlanContext {
  readonly inventory: Seen;
  /** Engines that work here. */
  readonly engines: readonly Engine[];
  readonly options: DestroyOptions;
}

export interface TargetPlan {
  readonly act: PlannedSocket['act'];
  /** Absent of an act: see toPlannedSocket. */
  readonly message?: string;
  /** Absent where the target is gone or changed. */
  readonly seen?: SeenSocket;
}

/** Checks from the strictest to the mildest; only a target that passes all of them, and that the scope allows, is acted on. */
export function planTarget(target: Target, context: PlanContext): TargetPlan {
  const { inventory } = context;
  const seen = inventory.get(target);
  const unseen = seen ? null : unseenText(target, inventory);
  if (unseen !== null) return { act: 'unsupported', message: `${formatTuple(target)} ${unseen}` };
  if (!seen || isClosed(seen.socket))
    return { act: 'gone', message: `${formatTuple(target)} is closed already` };
  if (!sameTuple(target, seen.socket))
    return {
      act: 'changed',
      message: `${formatTuple(target)} is now ${formatTuple(seen.socket)}: refresh and choose again`,
    };
  const refusal = forbidden(seen, context) ?? unsupported(seen, context);
  if (refusal) return { ...refusal, seen };
  return { act: seen.socket.protocol === 'udp' ? 'reset' : 'destroy', seen };
}

export function isAct({ act }: TargetPlan): boolean {
  return act === 'destroy' || act === 'reset';
}

/** Whether the scope decides about it: what is gone, or impossible with any engine, is so for everybody. */
export function needsVerdict({ act, seen }: TargetPlan): boolean {
  if (!seen || act === 'gone' || act === 'changed' || act === 'denied') return false;
  return act !== 'unsupported' || seen.socket.unsupportedReason === null;
}

/** The plan as the scope allows it. */
export function judged(plan: TargetPlan, verdict: Verdict, mode: Mode): TargetPlan {
  const { seen } = plan;
  if (!seen || !needsVerdict(plan) || verdict === 'allowed') return plan;
  const name = formatTuple(seen.socket);
  if (verdict === 'gone') return { act: 'gone', message: `${name} is closed already` };
  if (verdict === 'unseen') return { act: 'unsupported', message: `${name} ${unfoundText}` };
  if (verdict === 'changed')
    return { act: 'changed', message: `${name} has another tuple by now: refresh and choose again` };
  return { act: 'denied', message: deniedText(seen, mode), seen };
}

/** `act`: what was asked for. */
export function deniedText({ socket }: SeenSocket, mode: Mode, act = 'destroy'): string {
  const name = nameOf(socket);
  const why = socket.owners.length > 0 ? 'belongs to another user' : 'cannot be identified as yours';
  return `${name} ${why}: an agent with scope all may ${act} it: ${widerScopeText(mode)}`;
}

function nameOf(socket: SeenSocket['socket']): string {
  return `${formatTuple(socket)} of ${socketOwnersText(socket)}`;
}

/** Protects the kernel's sockets, lifeline, and listeners that were not asked for. */
function forbidden(seen: SeenSocket, { options }: PlanContext): TargetPlan | null {
  const { socket, record } = seen;
  if (socket.kernel)
    return { act: 'protected', message: `${formatTuple(socket)} belongs to the kernel itself` };
  if (socket.lifeline && !options.includeLifeline)
    return {
      act: 'protected',
      message: hasHiddenOwner(record, socket.owners)
        ? `${formatTuple(socket)} is held by the kernel or by a process that cannot be seen from here`
        : `${nameOf(socket)} is protected: it carries an editor, remote-login or agent session`,
    };
  if (socket.state === 'listen' && !options.includeListeners)
    return {
      act: 'protected',
      message: `${nameOf(socket)} listens: destroying it leaves most servers running but deaf, so it takes --include-listeners, or a row of its own in the editor`,
    };
  return null;
}

/** A listener that gets SO_REUSEADDR first, so that another one can bind its port; only the bpf engine can do that. */
export function isTakenOver({ socket }: SeenSocket, { takeOver }: DestroyOptions): boolean {
  return takeOver === true && socket.state === 'listen';
}

/** Refuses sockets that no engine, or none of those that work here, can destroy. */
function unsupported(seen: SeenSocket, { engines, options }: PlanContext): TargetPlan | null {
  const { socket, record } = seen;
  const withoutBpf = options.engine === 'sock_diag' || !engines.includes('bpf');
  if (socket.unsupportedReason !== null)
    return { act: 'unsupported', message: `${formatTuple(socket)}: ${socket.unsupportedReason}` };
  if (isTakenOver(seen, options) && withoutBpf)
    return {
      act: 'unsupported',
      message: `${formatTuple(socket)} cannot be taken over: only the bpf engine can set SO_REUSEADDR on another program's socket; end the process instead`,
    };
  if (hasHiddenOwner(record, socket.owners) && withoutBpf)
    return {
      act: 'unsupported',
      message: `${formatTuple(socket)} may be the kernel's own, which only the bpf engine can check: leave it, or use a kernel with bpf_sock_destroy`,
    };
  return null;
}

/** With the prediction of what an act would do. */
export function toPlannedSocket(target: Target, plan: TargetPlan, context: PlanContext): PlannedSocket {
  const { act, seen } = plan;
  const message = plan.message ?? (seen ? predictionOf(seen, context) : '');
  return { ...targetOf(target), act, listener: seen?.socket.state === 'listen', message };
}

function predictionOf(seen: SeenSocket, { inventory, options }: PlanContext): string {
  return isTakenOver(seen, options) ? takeOverPrediction(seen) : prediction(seen, inventory);
}
