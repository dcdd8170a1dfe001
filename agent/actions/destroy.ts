/** Destroys targets; the broker looks again at each, and only what it saw is reported. */

import { isJudged, judge, verdictOfObserver } from '../access/verdicts';
import type { Broker } from '../broker-link/broker';
import type { Caller } from '../broker-link/claim-records';
import type { DestroyReply } from '../broker-link/destroy-records';
import { mapInSlices } from '../common/slices';
import type { Context } from '../context';
import { hasHiddenOwner } from '../inventory/hidden-owner';
import { type Inventory, type SeenSocket, toDestroyRecord } from '../inventory/inventory';
import {
  type DestroyedSocket,
  type DestroyOptions,
  type DestroyParams,
  type Ending,
  type PlanResult,
  resultOf,
  type Target,
} from '../protocol';
import { watchCpu } from './cpu-watch';
import { Endings, refused, unwanted } from './destroy-outcome';
import {
  isAct,
  isTakenOver,
  judged,
  needsVerdict,
  type PlanContext,
  planTarget,
  type TargetPlan,
  toPlannedSocket,
} from './destroy-plan';

export async function plan(context: Context, params: DestroyParams): Promise<PlanResult> {
  const { plans, planContext } = await planAll(context, params.targets, params);
  const judgedPlans = await judgeAll(context, plans, planContext.inventory);
  return {
    plan: await mapInSlices(params.targets, (target, index) =>
      toPlannedSocket(target, at(judgedPlans, index), planContext),
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

interface Request {
  readonly context: Context;
  readonly broker: Broker;
  readonly caller: Caller;
  readonly params: DestroyParams;
  readonly purpose: Purpose;
}

/** What sockets are destroyed for: once it is over, they are left alone. */
interface Purpose {
  /** Asked last, before the broker is. */
  goesOn(): boolean;
  /** When it is over in any case, in milliseconds of CLOCK_MONOTONIC: by the kernel's clock, whatever the broker waits for. */
  readonly until?: number;
}

const noPurpose: Purpose = { goesOn: () => true };

/** One result for each target, in order. */
export async function destroy(
  context: Context,
  caller: Caller,
  params: DestroyParams,
  purpose = noPurpose,
): Promise<DestroyedSocket[]> {
  const endings = await destroyEach(context, caller, params, purpose);
  return params.targets.map((target, index) => resultOf(target, at(endings, index)));
}

/** The same, without the targets. */
export async function destroyEach(
  context: Context,
  caller: Caller,
  params: DestroyParams,
  purpose = noPurpose,
): Promise<Ending[]> {
  const request = { context, broker: context.requireBroker(), caller, params, purpose };
  const asSeen = await destroyAsSeen(request);
  const left = params.targets.filter((_, index) => !asSeen[index]);
  const scanned = left.length > 0 ? await destroyScanned(request, left) : [];
  const endings = params.targets.map((_, index) => asSeen[index] ?? scanned.shift()).filter(isEnding);
  context.options.report(
    caller,
    endings,
    (index) => resultOf(at(params.targets, index), at(endings, index)).message,
  );
  return endings;
}

function isEnding(ending: Ending | null | undefined): ending is Ending {
  return !!ending;
}

/**
 * By a recent scan, where that shows all of the targets and nothing speaks against any; the broker leaves those that are not as they
 * were then. Without a result for these, or at all.
 */
async function destroyAsSeen(request: Request): Promise<readonly (Ending | null)[]> {
  const { context, params } = request;
  const inventory = context.scanner.recall(params.targets);
  if (!inventory) return [];
  const planContext = { inventory, engines: context.engines, options: params };
  const plans = await mapInSlices(params.targets, (target) => planTarget(target, planContext));
  return plans.every(isAct) ? act(request, params.targets, plans, true) : [];
}

async function destroyScanned(request: Request, targets: readonly Target[]): Promise<(Ending | null)[]> {
  const { plans } = await planAll(request.context, targets, request.params);
  return act(request, targets, plans, false);
}

/** Null: left, as it is not as it was seen. */
async function act(
  request: Request,
  targets: readonly Target[],
  plans: readonly TargetPlan[],
  asSeen: boolean,
): Promise<(Ending | null)[]> {
  const { context, params } = request;
  const destroyable = plannedTo(isAct, plans);
  const refusedHere = plannedTo(isRefusal, plans).filter(isJudged);
  if (!request.purpose.goesOn()) return targets.map(() => unwanted);
  const listeners = destroyable.filter(({ socket }) => socket.state === 'listen');
  const cpu = watchCpu(listeners);
  const replies = await ask(request, destroyable, refusedHere, asSeen);
  const replyOf = new Map(destroyable.map((seen, index) => [seen, at(replies, index)]));
  const denied = new Set(refusedHere.filter((_, index) => isDenied(replies[destroyable.length + index])));
  // Also where their events are lost.
  if (context.live.watched)
    for (const [{ socket }, reply] of replyOf)
      if (isDone(reply) && reply.remains !== 'open') context.scanner.ends.destroyed(socket);
  const spinning = await cpu.result(listeners.filter((seen) => isDone(replyOf.get(seen))));
  const endings = new Endings();
  return mapInSlices(targets, (_, index) => {
    const plan = at(plans, index);
    const reply = plan.seen && replyOf.get(plan.seen);
    const { mode } = context.options;
    if (reply?.status === 'stale') return null;
    if (reply && plan.seen && !isDenied(reply))
      return endings.of(plan.seen, reply, { spinning, takenOver: isTakenOver(plan.seen, params) });
    const isOthers = plan.seen !== undefined && (isDenied(reply) || denied.has(plan.seen));
    return refused(isOthers ? judged(plan, 'denied', mode) : plan);
  });
}

/**
 * The broker judges each, so it is not asked for its verdict before. Those that the agent refuses go along, for the audit log: they
 * may be denied as well.
 */
async function ask(
  { broker, caller, params: { engine, takeOver }, purpose: { until } }: Request,
  destroyable: readonly SeenSocket[],
  refused: readonly SeenSocket[],
  asSeen: boolean,
): Promise<DestroyReply[]> {
  if (destroyable.length + refused.length === 0) return [];
  const takesOver = takeOver === true && destroyable.some(({ socket }) => socket.state === 'listen');
  return broker.destroy(caller, engineFor(destroyable, engine), destroyable.map(toDestroyRecord), {
    takesOver,
    asSeen,
    refused: refused.map(toDestroyRecord),
    ...(until === undefined ? {} : { until }),
  });
}

/** The sockets of these plans, each once. */
function plannedTo(
  isMeant: (plan: TargetPlan) => boolean,
  plans: readonly TargetPlan[],
): readonly SeenSocket[] {
  const sockets = new Set<SeenSocket>();
  for (const plan of plans) if (plan.seen && isMeant(plan)) sockets.add(plan.seen);
  return [...sockets];
}

function isDone(reply: DestroyReply | undefined): boolean {
  return reply?.status === 'done' && reply.errno === 0;
}

function isDenied(reply: DestroyReply | undefined): boolean {
  return reply?.status === 'denied';
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
  readonly planContext: PlanContext & { readonly inventory: Inventory };
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
    return { plans, planContext };
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
