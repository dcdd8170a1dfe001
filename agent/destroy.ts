/** Destroys targets and looks again: nothing is reported that was not seen. */

import { setTimeout as sleep } from 'node:timers/promises';
import { errnoName } from './broker';
import { watchCpu } from './cpu-watch';
import type { Inventory, SeenSocket } from './inventory';
import { isClosed } from './match';
import { judge, planned, sameTuple, type Verdict } from './plan';
import type { DestroyedSocket, DestroyOptions, DestroyParams, PlanResult, Target } from './protocol';
import type { DestroyReply } from './records';
import type { Client } from './scope';
import type { Service } from './service';
import { targetOf } from './target';
import { ownersText, tupleText } from './wording';

/** How often, and after how many milliseconds, a socket that is still there is looked at again. */
const looks = [0, 10, 50];

export async function plan(service: Service, client: Client, params: DestroyParams): Promise<PlanResult> {
  const verdicts = await judgeAll(service, client, params.targets, params);
  return { plan: params.targets.map((target, index) => planned(target, at(verdicts, index))) };
}

/** One result for each target, in order; each is in the audit by then. */
export async function destroy(
  service: Service,
  client: Client,
  params: DestroyParams,
  method: string,
): Promise<DestroyedSocket[]> {
  const { broker } = service.part;
  const { targets } = params;
  const verdicts = await judgeAll(service, client, targets, params);
  const acting = verdicts.flatMap(({ act, seen }) =>
    seen && (act === 'destroy' || act === 'reset') ? [seen] : [],
  );
  const cpu = watchCpu(acting.filter(({ socket }) => socket.state === 'listen'));
  const replies =
    acting.length === 0
      ? []
      : await broker.destroy(
          params.engine ?? 'auto',
          acting.map(({ record }) => record),
        );
  const after = await lookAgain(service, acting, replies);
  const spinning = await cpu.result();
  const acted = new Map(acting.map((seen, index) => [seen, at(replies, index)]));
  return targets.map((target, index) => {
    const verdict = at(verdicts, index);
    const reply = verdict.seen && acted.get(verdict.seen);
    const result =
      reply && verdict.seen
        ? settled(target, verdict.seen, reply, after, spinning)
        : refused(target, verdict);
    service.options.audit({ method, client, result });
    return result;
  });
}

/** A socket that seems out of sight is looked at twice: it may have been between two hands. */
async function judgeAll(
  service: Service,
  client: Client,
  targets: readonly Target[],
  options: DestroyOptions,
): Promise<Verdict[]> {
  const judgeOnce = async () => {
    const judgement = { inventory: await service.look(), client, scope: service.options.scope, options };
    return targets.map((target) => judge(target, judgement));
  };
  const verdicts = await judgeOnce();
  const uncertain = verdicts.some(({ act, seen }) => act === 'protected' && seen?.socket.owners.length === 0);
  return uncertain ? judgeOnce() : verdicts;
}

/** The kernel takes a moment to let go of what it aborted. */
async function lookAgain(
  service: Service,
  acting: readonly SeenSocket[],
  replies: readonly DestroyReply[],
): Promise<Inventory> {
  const awaited = acting.filter((seen, index) => {
    const { status, errno } = at(replies, index);
    return seen.socket.protocol === 'tcp' && status === 'done' && errno === 0;
  });
  let inventory = await service.look();
  for (const pause of looks) {
    if (!awaited.some((seen) => stillThere(seen, inventory))) break;
    await sleep(pause);
    inventory = await service.look();
  }
  return inventory;
}

/** Same cookie, same tuple, not closed. */
function stillThere({ socket }: SeenSocket, inventory: Inventory): boolean {
  const now = inventory.get(socket);
  return (
    now !== undefined && !isClosed(now.socket) && sameTuple(socket, now.socket) && !keepsOnlyPort(socket, now)
  );
}

/** A destroyed TCP socket keeps an explicitly bound port until it is closed: then it is `bound`, and nothing more. */
function keepsOnlyPort({ state }: SeenSocket['socket'], now: SeenSocket): boolean {
  return state !== 'bound' && now.socket.state === 'bound';
}

function settled(
  target: Target,
  seen: SeenSocket,
  reply: DestroyReply,
  after: Inventory,
  spinning: string | null,
): DestroyedSocket {
  const there = stillThere(seen, after);
  const result = outcomeOf(seen, reply, there);
  const note =
    seen.socket.state === 'listen' && result.outcome === 'destroyed'
      ? listenerNote(seen, after, spinning)
      : '';
  return {
    ...targetOf(target),
    outcome: result.outcome,
    engine: reply.engine,
    errno: reply.errno === 0 ? null : errnoName(reply.errno),
    message: `${result.message}${note}`,
  };
}

type Result = Pick<DestroyedSocket, 'outcome' | 'message'>;

function outcomeOf(seen: SeenSocket, { status, errno }: DestroyReply, there: boolean): Result {
  const name = tupleText(seen.socket);
  const who = ownersText(seen.socket.owners);
  switch (status) {
    case 'done':
      if (errno !== 0) return engineFailed(name, errno, there);
      if (!there) return { outcome: 'destroyed', message: `${name} of ${who} is closed by the kernel` };
      if (seen.socket.protocol === 'udp')
        return { outcome: 'reset', message: `${name} of ${who} got its error and stays bound` };
      return {
        outcome: 'failed',
        message: `The kernel reported success, but ${name} is still open: try again`,
      };
    case 'pending':
      if (errno !== 0) return engineFailed(name, errno, there);
      if (!there) return { outcome: 'gone', message: `${name} was closed before anything was done` };
      return {
        outcome: 'failed',
        message: `The walk over the kernel's sockets did not meet ${name}: try again`,
      };
    case 'changed':
      return {
        outcome: 'changed',
        message: `${name} has another tuple by now and was left alone: refresh and choose again`,
      };
    case 'kernel':
      return { outcome: 'protected', message: `${name} belongs to the kernel itself and was left alone` };
    case 'minisock':
      return {
        outcome: 'unsupported',
        message: `The bpf engine cannot destroy ${name} in this state: use --engine sock_diag`,
      };
    case 'backlog':
      return {
        outcome: 'unsupported',
        message: `${name} has connections waiting to be accepted: use --engine sock_diag`,
      };
    case 'noKfunc':
      return {
        outcome: 'unsupported',
        message: 'This kernel has no bpf_sock_destroy (Linux 6.5): use --engine sock_diag',
      };
  }
}

function engineFailed(name: string, errno: number, there: boolean): Result {
  const code = errnoName(errno);
  if (code === 'ENOENT' && !there)
    return { outcome: 'gone', message: `${name} was closed before anything was done` };
  if (code === 'EOPNOTSUPP')
    return {
      outcome: 'unsupported',
      message: `This kernel cannot destroy ${name}: run sockscope doctor to see why`,
    };
  if (code === 'ETIMEDOUT' || code === 'EBUSY')
    return {
      outcome: 'failed',
      message: `${name} was left alone: a process that is stalled in a send holds it or the walk up; try again when it goes on`,
    };
  return { outcome: 'failed', message: `${name} could not be destroyed (${code}): refresh and try again` };
}

function listenerNote({ socket }: SeenSocket, after: Inventory, spinning: string | null): string {
  const bound = after.get(socket)?.socket.state === 'bound';
  const port = bound ? `; port ${socket.local.port} stays taken until the process closes it` : '';
  return `${port}${spinning ? `; ${spinning}` : ''}`;
}

function refused(target: Target, { act, message }: Verdict): DestroyedSocket {
  const outcome = act === 'destroy' || act === 'reset' ? 'failed' : act;
  return { ...targetOf(target), outcome, engine: null, errno: null, message };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
