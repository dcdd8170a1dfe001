/** Destroys targets; the broker looks again at each, and only what it saw is reported. */

import { isJudged, judge, verdictOfObserver } from '../access/verdicts';
import type { Broker } from '../broker-link/broker';
import type { Caller } from '../broker-link/claim-records';
import type { DestroyReply } from '../broker-link/destroy-records';
import { mapInSlices } from '../common/slices';
import type { Context } from '../context';
import { type Inventory, type SeenSocket, toDestroyRecord } from '../inventory/inventory';
import { hasHiddenOwner } from '../inventory/lifeline';
import type { DestroyedSocket, DestroyOptions, DestroyParams, PlanResult, Target } from '../protocol';
import { watchCpu } from './cpu-watch';
import { livesOnce, refused, toResult } from './destroy-outcome';
import {
  isTakenOver,
  judged,
  needsVerdict,
  planTarget,
  type TargetPlan,
  toPlannedSocket,
} from './destroy-plan';

export async function plan(context: Context, params: DestroyParams): Promise<PlanResult> {
  const { plans, inventory } = await planAll(context, params.targets, params);
  const judgedPlans = await judgeAll(context, plans, inventory);
  return {
    plan: await mapInSlices(params.targets, (target, index) =>
      toPlannedSocket(target, at(judgedPlans, index)),
    ),
  };
}

async function judgeAll(
  { broker, options }: Context,
  plans: readonly TargetPlan[],
  inventory: Inventory,
): Promise<readonly TargetPlan[]> {
  const sockets = plannedTo(needsVerdict, plans);
  const judgements = broker ? await judge(broker, sockets) : null;
  const verdictOf = (seen: SeenSocket) =>
    judgements ? (judgements.get(seen)?.verdict ?? 'allowed') : verdictOfObserver(seen, inventory);
  return mapInSlices(plans, (plan) => (plan.seen ? judged(plan, verdictOf(plan.seen), options.mode) : plan));
}

/** One result for each target, in order. */
export async function destroy(
  context: Context,
  caller: Caller,
  params: DestroyParams,
): Promise<DestroyedSocket[]> {
  const broker = context.requireBroker();
  const { plans } = await planAll(context, params.targets, params);
  const results = await act(context, broker, caller, params, plans);
  context.options.report(caller, results);
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
  const refusedHere = plannedTo(isRefusal, plans).filter(isJudged);
  const listeners = destroyable.filter(({ socket }) => socket.state === 'listen');
  const cpu = watchCpu(listeners);
  const replies = await ask(broker, caller, params, destroyable, refusedHere);
  const replyOf = new Map(destroyable.map((seen, index) => [seen, at(replies, index)]));
  const denied = new Set(refusedHere.filter((_, index) => isDenied(replies[destroyable.length + index])));
  for (const [{ socket }, reply] of replyOf)
    if (isDone(reply) && reply.remains !== 'open') context.scanner.ends.destroyed(socket);
  const spinning = await cpu.result(listeners.filter((seen) => isDone(replyOf.get(seen))));
  const lifeOf = livesOnce();
  return mapInSlices(targets, (target, index) => {
    const plan = at(plans, index);
    const reply = plan.seen && replyOf.get(plan.seen);
    const { mode } = context.options;
    if (reply && plan.seen && !isDenied(reply))
      return toResult(plan.seen, reply, { spinning, takenOver: isTakenOver(plan.seen, params) }, lifeOf);
    const isOthers = plan.seen !== undefined && (isDenied(reply) || denied.has(plan.seen));
    return refused(target, isOthers ? judged(plan, 'denied', mode) : plan);
  });
}

/**
 * The broker judges each, so it is not asked for its verdict before. Those that the agent refuses go along, for the audit log: they
 * may be denied as well.
 */
async function ask(
  broker: Broker,
  caller: Caller,
  { engine, takeOver }: DestroyParams,
  destroyable: readonly SeenSocket[],
  refused: readonly SeenSocket[],
): Promise<DestroyReply[]> {
  if (destroyable.length + refused.length === 0) return [];
  const takesOver = takeOver === true && destroyable.some(({ socket }) => socket.state === 'listen');
  return broker.destroy(caller, engineFor(destroyable, engine), destroyable.map(toDestroyRecord), {
    takesOver,
    refused: refused.map(toDestroyRecord),
  });
}

/** The sockets of these plans, each once. */
function plannedTo(
  isMeant: (plan: TargetPlan) => boolean,
  plans: readonly TargetPlan[],
): readonly SeenSocket[] {
  return [...new Set(plans.flatMap((plan) => (plan.seen && isMeant(plan) ? [plan.seen] : [])))];
}

function isDone(reply: DestroyReply | undefined): boolean {
  return reply?.status === 'done' && reply.errno === 0;
}

function isDenied(reply: DestroyReply | undefined): boolean {
  return reply?.status === 'denied';
}

function isAct({ act }: TargetPlan): boolean {
  return act === 'destroy' || act === 'reset';
}

/** By the agent itself; the scope may deny it as well. */
function isRefusal(plan: TargetPlan): boolean {
  return needsVerdict(plan) && !isAct(plan);
}

/** Only the BPF program distinguishes the kernel's own sockets from those of hidden processes. */
function engineFor(destroyable: readonly SeenSocket[], engine: DestroyParams['engine'] = 'auto') {
  return destroyable.some(({ record, socket }) => hasHiddenOwner(record, socket.owners)) ? 'bpf' : engine;
}

interface Plans {
  readonly plans: readonly TargetPlan[];
  readonly inventory: Inventory;
}

/** Scans a second time where a socket seems to have a hidden owner: it may just be passed from one process to another. */
async function planAll(
  context: Context,
  targets: readonly Target[],
  options: DestroyOptions,
): Promise<Plans> {
  const planOnce = async (): Promise<Plans> => {
    const inventory = await context.scanner.scanAgain(targets);
    const planContext = { inventory, engines: context.engines, options };
    const plans = await mapInSlices(targets, (target) => planTarget(target, planContext));
    return { plans, inventory };
  };
  const once = await planOnce();
  const uncertain = once.plans.some(
    ({ act, seen }) => act === 'protected' && seen?.socket.owners.length === 0,
  );
  return uncertain ? planOnce() : once;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
