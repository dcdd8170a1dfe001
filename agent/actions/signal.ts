/** Ends one process that a client names: checks permission, signals through a pidfd, and polls until it has ended; or predicts that. */

import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelRefusal } from '../broker-link/broker-channel';
import type { Caller } from '../broker-link/claim-records';
import type { Verdict } from '../broker-link/judge-records';
import { checkSignal, signalProcess } from '../broker-link/native';
import { ownersText, widerScopeText } from '../common/wording';
import type { Context } from '../context';
import {
  ErrorCode,
  type Owner,
  type PlannedSignal,
  type ProcessId,
  type SignalParams,
  type SignalResult,
  signalProcess as signalMethod,
} from '../protocol';
import { commandLineOf } from '../system/command-line';
import { processStat } from '../system/process-stat';
import { ignoresSignal, nameOf } from '../system/processes';
import type { ClientIdentity } from '../system/users';

/** Milliseconds between two checks whether the process has ended. */
const pollMs = 15;

/** Errors: brokerLost. */
export async function signal(
  context: Context,
  client: ClientIdentity,
  params: SignalParams,
): Promise<SignalResult> {
  const owner = await find(context, params);
  if (!owner) return { outcome: 'gone', message: endedText(params) };
  const caller = { method: signalMethod.method, client } as const;
  const result = (await mayCarrySession(context, owner))
    ? await protect(context, caller, owner, params)
    : await send(context, caller, owner, params);
  context.options.report(caller, [result], () => result.message);
  return result;
}

/** Nothing is sent, and nothing written down. Errors: brokerLost. */
export async function planSignal(context: Context, id: ProcessId): Promise<PlannedSignal> {
  const owner = await find(context, id);
  if (!owner) return { act: 'gone', message: endedText(id) };
  if (await mayCarrySession(context, owner)) return { act: 'protected', message: protectedText(owner) };
  switch (await verdictOn(context, id)) {
    case 'allowed':
      return { act: 'signal', message: '' };
    case 'gone':
      return { act: 'gone', message: endedText(id) };
    default:
      return { act: 'denied', message: otherUsersText(owner, context) };
  }
}

/** Without a broker, what the kernel allows this user. */
async function verdictOn({ broker }: Context, id: ProcessId): Promise<Verdict> {
  if (broker) return broker.judgeProcess(id);
  try {
    checkSignal(id.pid, BigInt(id.startTime));
    return 'allowed';
  } catch (error) {
    return (error as { code?: unknown }).code === 'ESRCH' ? 'gone' : 'denied';
  }
}

async function find({ scanner }: Context, id: ProcessId): Promise<Owner | null> {
  await scanner.learn([id.pid]);
  return describe(id);
}

function endedText({ pid }: ProcessId): string {
  return `The process with pid ${pid} has ended already`;
}

/** The refusal holds whatever the broker answers, which only writes it down. */
async function protect(
  { broker }: Context,
  caller: Caller,
  owner: Owner,
  params: SignalParams,
): Promise<SignalResult> {
  await broker?.signal(caller, params, params.signal, true).catch(() => {});
  return { outcome: 'protected', message: protectedText(owner) };
}

/** Null: it has ended, or another process has the pid now. */
async function describe({ pid, startTime }: ProcessId): Promise<Owner | null> {
  const before = processStat({ pid, startTime });
  const command = await commandLineOf(pid);
  const owner = { pid, startTime, fd: -1, name: nameOf(pid, command), command };
  // What was read counts only if it was the same process before and after.
  const after = processStat({ pid, startTime });
  return before.life === 'ended' || after.life === 'ended' ? null : owner;
}

/** To an observer, a process whose name it cannot read (hidepid) may. */
async function mayCarrySession({ scanner, broker }: Context, owner: Owner): Promise<boolean> {
  return (owner.name === '' && !broker) || (await scanner.carriesSession(owner.pid));
}

function protectedText(owner: Owner): string {
  return `${ownersText([owner])} is left alone: it carries an editor, remote-login or agent session, or may do so`;
}

function otherUsersText(owner: Owner, { options }: Context): string {
  return `${ownersText([owner])} belongs to another user: only an agent may signal it, started with ${widerScopeText(options.mode)}`;
}

async function send(
  context: Context,
  caller: Caller,
  owner: Owner,
  params: SignalParams,
): Promise<SignalResult> {
  try {
    await deliver(context, caller, params);
  } catch (error) {
    return deliveryFailure(context, error, owner, params);
  }
  const name = ownersText([owner]);
  return (await endsWithin(params))
    ? { outcome: 'exited', message: `${name} has ended` }
    : stillRunning(name, params);
}

function stillRunning(name: string, { pid, signal, graceMs }: SignalParams): SignalResult {
  const seconds = `${graceMs / 1000} s`;
  return ignoresSignal(pid, constants.signals[`SIG${signal}`])
    ? {
        outcome: 'running',
        ignored: true,
        message: `${name} ignores SIG${signal} and still runs after ${seconds}`,
      }
    : { outcome: 'running', message: `${name} got SIG${signal} and still runs after ${seconds}` };
}

/** The broker signals, also what the agent itself could: it writes the audit log. An observer has its user's rights alone. */
async function deliver({ broker }: Context, caller: Caller, params: SignalParams): Promise<void> {
  const { pid, startTime, signal } = params;
  if (broker) await broker.signal(caller, params, signal);
  else signalProcess(pid, BigInt(startTime), constants.signals[`SIG${signal}`]);
}

function deliveryFailure(
  context: Context,
  error: unknown,
  owner: Owner,
  { signal }: SignalParams,
): SignalResult {
  const name = ownersText([owner]);
  const { code } = error as { code: unknown };
  if (code === 'ESRCH' || code === ErrorCode.notFound)
    return { outcome: 'gone', message: `${name} had ended before it could be signalled` };
  if (code === 'EPERM' || isOutOfScope(error))
    return { outcome: 'denied', message: otherUsersText(owner, context) };
  if (code === ErrorCode.kernelRefused || typeof code === 'string')
    return { outcome: 'failed', message: `The kernel refused SIG${signal} to ${name}: ${String(error)}` };
  throw error;
}

/** The broker alone knows whose processes are in scope. */
function isOutOfScope(error: unknown): boolean {
  return error instanceof KernelRefusal && error.errno === 'EPERM';
}

/** A zombie counts as ended. */
async function endsWithin({ pid, startTime, graceMs }: SignalParams): Promise<boolean> {
  const deadline = performance.now() + graceMs;
  for (;;) {
    if (processStat({ pid, startTime }).life === 'ended') return true;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    await sleep(Math.min(pollMs, leftMs));
  }
}
