/** Sets after how long TCP connections give up a dead peer, or gives back what they had; what is reported was read afterwards. */

import type { Broker } from '../broker-link/broker';
import type { Caller } from '../broker-link/claim-records';
import type { DestroyReply } from '../broker-link/destroy-records';
import { errnoName, socketOwnersText } from '../common/wording';
import type { Context } from '../context';
import { type SeenSocket, toDestroyRecord } from '../inventory/inventory';
import {
  ErrorCode,
  formatTuple,
  type Mode,
  protocolError,
  type TcpTimers,
  type TunedSocket,
  type TuneParams,
  type Tuning,
  targetOf,
} from '../protocol';
import { deniedText, planTarget, type TargetPlan } from './destroy-plan';

/** One result for each target, in order. */
export async function tune(
  context: Context,
  caller: Caller,
  { targets, tuning }: TuneParams,
): Promise<TunedSocket[]> {
  const broker = context.requireBroker('Tuning a connection');
  requireEngines(context);
  const inventory = await context.scanner.scanAgain(targets);
  const planContext = { inventory, engines: context.engines, options: {} };
  const plans = targets.map((target) => onlyConnections(planTarget(target, planContext)));
  const tunable = socketsOf(plans, isTried);
  const refused = socketsOf(plans, ({ act }) => act === 'protected').filter(isConnection);
  const before = await timersOf(broker, tunable);
  const replies = await ask(broker, caller, { tunable, refused, tuning });
  // They have been set, whatever can be read of it.
  const after = await timersOf(broker, tunable).catch(() => new Map<SeenSocket, TcpTimers>());
  const results = targets.map((target, index): TunedSocket => {
    const plan = plans[index] as TargetPlan;
    const reply = plan.seen && replies.get(plan.seen);
    const isDenied = reply?.status === 'denied';
    const timers =
      plan.seen && !isDenied ? { before: before.get(plan.seen), after: after.get(plan.seen) } : {};
    return {
      ...targetOf(target),
      ...(plan.seen && reply && (isDenied || isTried(plan))
        ? endingOf(plan.seen, reply, { tuning, after: timers.after, mode: context.options.mode })
        : untried(plan)),
      before: timers.before ?? null,
      after: timers.after ?? null,
    };
  });
  context.options.report(caller, results, (index) => results[index]?.message ?? '');
  return results;
}

function isTried({ act }: TargetPlan): boolean {
  return act === 'destroy';
}

function untried({ act, message = '' }: TargetPlan): TuneEnding {
  return { outcome: act === 'destroy' || act === 'reset' ? 'failed' : act, errno: null, message };
}

interface Asked {
  readonly tunable: readonly SeenSocket[];
  readonly refused: readonly SeenSocket[];
  readonly tuning: Tuning | null;
}

/** Those that the agent refuses go along, for the audit log: they may be denied as well. */
async function ask(
  broker: Broker,
  caller: Caller,
  { tunable, refused, tuning }: Asked,
): Promise<ReadonlyMap<SeenSocket, DestroyReply>> {
  if (tunable.length + refused.length === 0) return new Map();
  const replies = await broker.tune(
    caller,
    tunable.map(toDestroyRecord),
    tuning,
    refused.map(toDestroyRecord),
  );
  return byPlace([...tunable, ...refused], replies);
}

async function timersOf(
  broker: Broker,
  sockets: readonly SeenSocket[],
): Promise<ReadonlyMap<SeenSocket, TcpTimers>> {
  return sockets.length === 0
    ? new Map()
    : byPlace(sockets, await broker.tcpTimers(sockets.map(toDestroyRecord)));
}

function byPlace<T>(
  sockets: readonly SeenSocket[],
  found: readonly (T | null)[],
): ReadonlyMap<SeenSocket, T> {
  const known = new Map<SeenSocket, T>();
  sockets.forEach((seen, at) => {
    const of = found[at];
    if (of) known.set(seen, of);
  });
  return known;
}

/** Throws kernelRefused. */
function requireEngines({ features }: Context): void {
  if (features?.tune && features.timers) return;
  throw protocolError(
    ErrorCode.kernelRefused,
    'Connections cannot be tuned here, as the BPF programs for it are not loaded: run sockscope doctor',
  );
}

function isConnection({ socket: { protocol, remote, state } }: SeenSocket): boolean {
  return protocol === 'tcp' && remote !== null && (state === 'established' || state === 'close-wait');
}

/** Nothing else has a peer whose end it could notice. */
function onlyConnections(plan: TargetPlan): TargetPlan {
  const { seen } = plan;
  if (!seen || plan.act === 'changed' || plan.act === 'gone') return plan;
  const name = formatTuple(seen.socket);
  if (seen.record.mptcp)
    return {
      act: 'unsupported',
      message: `${name} is a path of an MPTCP socket: only its program sets its timers`,
      seen,
    };
  if (!isConnection(seen))
    return { act: 'unsupported', message: `${name} is not an established TCP connection`, seen };
  if (plan.act === 'destroy' && seen.socket.owners.length === 0)
    return { act: 'unsupported', message: `${name} is held by no process that is seen`, seen };
  return plan;
}

function socketsOf(plans: readonly TargetPlan[], isMeant: (plan: TargetPlan) => boolean): SeenSocket[] {
  return [...new Set(plans.flatMap((plan) => (plan.seen && isMeant(plan) ? [plan.seen] : [])))];
}

type TuneEnding = Pick<TunedSocket, 'outcome' | 'errno' | 'message'>;

interface Ending {
  readonly tuning: Tuning | null;
  readonly after: TcpTimers | undefined;
  readonly mode: Mode;
}

function endingOf(
  seen: SeenSocket,
  { status, errno }: DestroyReply,
  { tuning, after, mode }: Ending,
): TuneEnding {
  const name = formatTuple(seen.socket);
  const code = errno === 0 ? null : errnoName(errno);
  const of = (outcome: TuneEnding['outcome'], message: string) => ({ outcome, errno: code, message });
  if (status === 'denied') return { outcome: 'denied', errno: null, message: deniedText(seen, mode, 'tune') };
  if (status === 'changed')
    return of('changed', `${name} has another tuple by now and was left alone: refresh and choose again`);
  if (status === 'kernel') return of('protected', `${name} belongs to the kernel itself and was left alone`);
  if (status === 'pending' && !code) return of('gone', `${name} was closed before anything was done`);
  if (status === 'minisock') return of('gone', `${name} was closed before anything was done`);
  if (status === 'noKfunc')
    return of('unsupported', `${name} cannot be tuned on this kernel: sockscope doctor`);
  if (status === 'pending' && (code === 'EBUSY' || code === 'ETIMEDOUT'))
    return of(
      'failed',
      `${name} was not reached (${code}): a socket of its network namespace is held by a call that does not end, as may be. Try again`,
    );
  if (status !== 'done') return of('failed', `${name} was not reached${code ? ` (${code})` : ''}: try again`);
  if (code === 'ENODATA')
    return of(
      'unknown',
      `What ${name} had before is not known: it was not tuned, or by an agent that has ended. Set what it should have instead`,
    );
  if (code === 'EINVAL')
    return of(
      'failed',
      `${name} was left alone: it has times that the kernel would not take back (EINVAL), such as a tcp_keepalive_time of more than 32767 s`,
    );
  if (code) return of('failed', `${name} could not be set (${code}): try again`);
  const who = `${name} of ${socketOwnersText(seen.socket)}`;
  if (!after)
    return of(
      'failed',
      `${who} was set, but could not be read again: it may be closed, or another process has it by now`,
    );
  if (tuning && !has(after, tuning))
    return of('failed', `${who} was set, but has other settings by now: its program may have set them`);
  return tuning ? of('tuned', `Tuned ${who}`) : of('restored', `Gave back what ${who} had`);
}

/** Whether the timers are as they were asked for. */
function has(timers: TcpTimers, { keepalive, userTimeoutMs }: Tuning): boolean {
  const isKept =
    keepalive === undefined ||
    (keepalive === null
      ? !timers.keepalive
      : timers.keepalive &&
        timers.keepaliveIdleMs === keepalive.idleS * 1000 &&
        timers.keepaliveIntervalMs === keepalive.intervalS * 1000 &&
        timers.keepaliveProbes === keepalive.probes);
  return isKept && (userTimeoutMs === undefined || timers.userTimeoutMs === userTimeoutMs);
}
