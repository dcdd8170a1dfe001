/** Destroys targets and looks again: nothing is reported that was not seen. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker-link/broker';
import type { DestroyReply } from '../broker-link/destroy-records';
import type { Context } from '../context';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { isOutOfSight } from '../inventory/lifeline';
import {
  type DestroyedSocket,
  type DestroyOptions,
  type DestroyParams,
  type PlanResult,
  type Target,
  targetOf,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import { watchCpu } from './cpu-watch';
import { refused, settled, stillThere } from './destroy-outcome';
import { isTakenOver, judge, planned, type Verdict } from './destroy-plan';

/** How often, and after how many milliseconds, a socket that is still there is looked at again. */
const looks = [0, 10, 50];

export async function plan(
  context: Context,
  client: ClientIdentity,
  params: DestroyParams,
): Promise<PlanResult> {
  const verdicts = await judgeAll(context, client, params.targets, params);
  return { plan: params.targets.map((target, index) => planned(target, at(verdicts, index))) };
}

/** One result for each target, in order. What is about to be tried is in the audit before, each result after. */
export async function destroy(
  context: Context,
  client: ClientIdentity,
  params: DestroyParams,
  method: string,
): Promise<DestroyedSocket[]> {
  const { options } = context;
  const broker = context.requireBroker();
  const verdicts = await judgeAll(context, client, params.targets, params);
  const caller = { method, client };
  options.audit.intend(
    caller,
    verdicts.flatMap(({ act, seen }) => (seen && isAct(act) ? [targetOf(seen.socket)] : [])),
  );
  const results = await act(context, broker, params, verdicts);
  for (const result of results) options.audit.record(caller, result);
  return results;
}

async function act(
  context: Context,
  broker: Broker,
  params: DestroyParams,
  verdicts: readonly Verdict[],
): Promise<DestroyedSocket[]> {
  const { targets, engine, takeOver } = params;
  const acting = [...new Set(verdicts.flatMap(({ act, seen }) => (seen && isAct(act) ? [seen] : [])))];
  const listeners = acting.filter(({ socket }) => socket.state === 'listen');
  const cpu = watchCpu(listeners);
  const records = acting.map(({ record }) => record);
  const replies =
    acting.length === 0
      ? []
      : await broker.destroy(engineFor(acting, engine), records, takeOver && listeners.length > 0);
  const replyOf = new Map(acting.map((seen, index) => [seen, at(replies, index)]));
  for (const [{ socket }, reply] of replyOf) if (isDone(reply)) context.scanner.ends.destroyed(socket);
  const after = await lookAgain(context, replyOf);
  for (const seen of replyOf.keys()) if (stillThere(seen, after)) context.scanner.ends.forget(seen.socket);
  const spinning = await cpu.result(listeners.filter((seen) => isDone(replyOf.get(seen))));
  return targets.map((target, index) => {
    const verdict = at(verdicts, index);
    const reply = verdict.seen && replyOf.get(verdict.seen);
    return reply && verdict.seen
      ? settled(verdict.seen, reply, after, { spinning, takenOver: isTakenOver(verdict.seen, params) })
      : refused(target, verdict);
  });
}

function isDone(reply: DestroyReply | undefined): boolean {
  return reply?.status === 'done' && reply.errno === 0;
}

function isAct(act: Verdict['act']): boolean {
  return act === 'destroy' || act === 'reset';
}

/** Only the BPF program can tell the kernel's own sockets from those that are merely out of sight. */
function engineFor(acting: readonly SeenSocket[], engine: DestroyParams['engine'] = 'auto') {
  return acting.some(({ record, socket }) => isOutOfSight(record, socket.owners)) ? 'bpf' : engine;
}

/** A socket that seems out of sight is looked at twice: it may have been between two hands. */
async function judgeAll(
  context: Context,
  client: ClientIdentity,
  targets: readonly Target[],
  options: DestroyOptions,
): Promise<Verdict[]> {
  const judgeOnce = async () => {
    const judgement = {
      inventory: await context.scanner.scan(),
      client,
      scope: context.options.scope,
      engines: context.engines,
      options,
    };
    return targets.map((target) => judge(target, judgement));
  };
  const verdicts = await judgeOnce();
  const uncertain = verdicts.some(({ act, seen }) => act === 'protected' && seen?.socket.owners.length === 0);
  return uncertain ? judgeOnce() : verdicts;
}

/** The kernel takes a moment to let go of what it aborted. */
async function lookAgain(
  context: Context,
  replyOf: ReadonlyMap<SeenSocket, DestroyReply>,
): Promise<Inventory> {
  const awaited = [...replyOf].flatMap(([seen, reply]) =>
    seen.socket.protocol === 'tcp' && isDone(reply) ? [seen] : [],
  );
  let inventory = await context.scanner.scan();
  for (const pause of looks) {
    if (!awaited.some((seen) => stillThere(seen, inventory))) break;
    await sleep(pause);
    inventory = await context.scanner.scan();
  }
  return inventory;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
