/** Destroys targets and scans again: an outcome is reported only once a scan shows it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker-link/broker';
import type { Caller } from '../broker-link/claim-records';
import type { DestroyReply } from '../broker-link/destroy-records';
import type { Context } from '../context';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { hasHiddenOwner } from '../inventory/lifeline';
import type { DestroyedSocket, DestroyOptions, DestroyParams, PlanResult, Target } from '../protocol';
import { watchCpu } from './cpu-watch';
import { refused, stillThere, toResult } from './destroy-outcome';
import { isTakenOver, planTarget, type TargetPlan, toPlannedSocket } from './destroy-plan';

/** Pauses before each further scan while a destroyed socket is still there. */
const rescanPausesMs = [0, 10, 50];

export async function plan(context: Context, params: DestroyParams): Promise<PlanResult> {
  const plans = await planAll(context, params.targets, params);
  return { plan: params.targets.map((target, index) => toPlannedSocket(target, at(plans, index))) };
}

/** One result for each target, in order. */
export async function destroy(
  context: Context,
  caller: Caller,
  params: DestroyParams,
): Promise<DestroyedSocket[]> {
  const broker = context.requireBroker();
  const plans = await planAll(context, params.targets, params);
  const results = await act(context, broker, caller, params, plans);
  for (const result of results) context.options.report(caller, result);
  return results;
}

async function act(
  context: Context,
  broker: Broker,
  caller: Caller,
  params: DestroyParams,
  plans: readonly TargetPlan[],
): Promise<DestroyedSocket[]> {
  const { targets } = params;
  const destroyable = plannedTo(isAct, plans);
  const listeners = destroyable.filter(({ socket }) => socket.state === 'listen');
  const cpu = watchCpu(listeners);
  const replies = await ask(broker, caller, params, destroyable, plannedTo(isRefusal, plans));
  const replyOf = new Map(destroyable.map((seen, index) => [seen, at(replies, index)]));
  for (const [{ socket }, reply] of replyOf) if (isDone(reply)) context.scanner.ends.destroyed(socket);
  const after = await rescan(context, replyOf);
  for (const seen of replyOf.keys()) if (stillThere(seen, after)) context.scanner.ends.forget(seen.socket);
  const spinning = await cpu.result(listeners.filter((seen) => isDone(replyOf.get(seen))));
  return targets.map((target, index) => {
    const plan = at(plans, index);
    const reply = plan.seen && replyOf.get(plan.seen);
    return reply && plan.seen
      ? toResult(plan.seen, reply, after, { spinning, takenOver: isTakenOver(plan.seen, params) })
      : refused(target, plan);
  });
}

/** Those that the agent refuses go along, for the broker's audit log. */
async function ask(
  broker: Broker,
  caller: Caller,
  { engine, takeOver }: DestroyParams,
  destroyable: readonly SeenSocket[],
  refused: readonly SeenSocket[],
): Promise<DestroyReply[]> {
  if (destroyable.length + refused.length === 0) return [];
  const recordsOf = (seen: readonly SeenSocket[]) => seen.map(({ record }) => record);
  const takesOver = takeOver === true && destroyable.some(({ socket }) => socket.state === 'listen');
  return broker.destroy(caller, engineFor(destroyable, engine), recordsOf(destroyable), {
    takesOver,
    refused: recordsOf(refused),
  });
}

/** The sockets of these plans, each once. */
function plannedTo(
  isMeant: (act: TargetPlan['act']) => boolean,
  plans: readonly TargetPlan[],
): readonly SeenSocket[] {
  return [...new Set(plans.flatMap(({ act, seen }) => (seen && isMeant(act) ? [seen] : [])))];
}

function isDone(reply: DestroyReply | undefined): boolean {
  return reply?.status === 'done' && reply.errno === 0;
}

function isAct(act: TargetPlan['act']): boolean {
  return act === 'destroy' || act === 'reset';
}

function isRefusal(act: TargetPlan['act']): boolean {
  return act === 'denied' || act === 'protected';
}

/** Only the BPF program distinguishes the kernel's own sockets from those of hidden processes. */
function engineFor(destroyable: readonly SeenSocket[], engine: DestroyParams['engine'] = 'auto') {
  return destroyable.some(({ record, socket }) => hasHiddenOwner(record, socket.owners)) ? 'bpf' : engine;
}

/** Scans a second time where a socket seems to have a hidden owner: it may just be passed from one process to another. */
async function planAll(
  context: Context,
  targets: readonly Target[],
  options: DestroyOptions,
): Promise<TargetPlan[]> {
  const planOnce = async () => {
    const planContext = {
      inventory: await context.scanner.scanFor(targets),
      licence: context.options,
      engines: context.engines,
      options,
    };
    return targets.map((target) => planTarget(target, planContext));
  };
  const plans = await planOnce();
  const uncertain = plans.some(({ act, seen }) => act === 'protected' && seen?.socket.owners.length === 0);
  return uncertain ? planOnce() : plans;
}

/** The kernel takes a moment to release aborted TCP sockets. */
async function rescan(context: Context, replyOf: ReadonlyMap<SeenSocket, DestroyReply>): Promise<Inventory> {
  const awaited = [...replyOf].flatMap(([seen, reply]) =>
    seen.socket.protocol === 'tcp' && isDone(reply) ? [seen] : [],
  );
  const scan = () => context.scanner.scanFor([...replyOf.keys()].map(({ socket }) => socket));
  let inventory = await scan();
  for (const pauseMs of rescanPausesMs) {
    if (!awaited.some((seen) => stillThere(seen, inventory))) break;
    await sleep(pauseMs);
    inventory = await scan();
  }
  return inventory;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
