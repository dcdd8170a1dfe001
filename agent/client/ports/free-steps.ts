/** Ends what is bound to the port: a process, its supervisor or container, or only its listening socket. */

import { processText, quoted } from '../../common/process-text';
import { t } from '../../common/translate';
import {
  isFree,
  type Owner,
  type ProcessId,
  processIdOf,
  type Signal,
  type SignalResult,
  signalProcess,
  targetOf,
} from '../../protocol';
import { destroyTargets } from '../destroy-all';
import { listAll, listPage } from '../list-all';
import { runProgram } from '../run-program';
import { needsRoot } from '../served-uid';
import type { StopWay } from './find-supervisor';
import { eachOnce, endingOwners, inheritorsOf } from './free-inheritors';
import { abortLeftovers, needsAgent } from './free-leftovers';
import { abortableSockets } from './free-plan';
import type { FreeSession } from './free-session';
import type { Plan, Step } from './free-step';
import { ownCommandText, refusedText } from './free-text';
import type { DoneStep, StepOutcome } from './free-types';
import { refusalOf } from './free-verdict';
import { heldUp } from './held-up';
import { isAtPlace, portFilter } from './port-watch';
import { inspectIfThere, stillRunning } from './process-life';

/** A container has ten seconds to stop, and a unit may have more. */
const stopMs = 40_000;
/** For a process to end after its connections are aborted. */
const abortMs = 1000;
/** For inheritors to notice that SIGKILL has ended their parent. */
const killMs = 200;

/** Does one step and adds its outcome to `session.done`. */
export async function perform(session: FreeSession, plan: Plan, step: Step): Promise<void> {
  if (step.needsAgent && !(await session.askForAgent(plan.answer.netns))) {
    session.done.push(needsAgent(step));
    return;
  }
  if (step.act === 'take-over') return takeOver(session, step);
  if (step.stop) return stop(session, plan, step, step.stop);
  if (step.process) return endProcess(session, plan, step.process);
  session.done.push(needsAgent(step));
}

async function takeOver(session: FreeSession, { act, target, holders, process }: Step): Promise<void> {
  const targets = holders.flatMap(abortableSockets).map(targetOf);
  const options = { includeListeners: true, takeOver: true };
  const results = await destroyTargets(session.requester, { targets, ...options });
  const failure = results.find(({ outcome }) => outcome !== 'destroyed' && outcome !== 'gone');
  const deaf = results.find(({ outcome }) => outcome === 'destroyed');
  const reported = failure ?? deaf ?? results[0];
  session.done.push({
    act,
    target,
    outcome: failure ? failure.outcome : deaf ? 'taken-over' : 'gone',
    message: reported?.message ?? '',
  });
  if (failure || !deaf || !process || !(await session.prompts.offerSignal?.(process))) return;
  session.done.push(signalled(process, await signal(session, process, 'TERM', session.options.graceMs)));
}

/** Then ends the processes that the plan names, where the supervisor leaves them running. */
async function stop(session: FreeSession, plan: Plan, step: Step, way: StopWay): Promise<void> {
  const done = (outcome: StepOutcome, message: string) =>
    session.done.push({ act: step.act, target: step.target, outcome, message });
  if (isFree(await session.bind())) {
    done('gone', t('{0} was left alone: the port is free by now', step.target));
    return;
  }
  // Others may have the pids by now, or an agent with another scope answers. A signal is judged as it is sent.
  const refusal = way.by === 'signal' ? null : await refusalOf(session.requester, step.verdict.processes);
  if (refusal) {
    done(refusal.outcome, refusedText(step, refusal.message));
    return;
  }
  const asked = await askToStop(session, way);
  if (asked.outcome !== 'stopped') {
    done(asked.outcome, asked.message);
    return;
  }
  // Its process lives on.
  if (step.act === 'release') {
    done('released', t('{0} closed the port, and lives on', step.target));
    return;
  }
  const { graceMs } = session.options;
  // The runtime ends a container's proxy itself.
  const isProxy = step.process === null;
  const awaited = isProxy ? step.holders.flatMap((holder) => holder.owners) : step.named;
  const left = await stillRunning(session.requester, awaited, graceMs, session.intervals.lifeMs);
  const livesOn = way.by === 'program' && way.livesOn;
  done(
    'stopped',
    livesOn ? t('{0} has stopped what it ran', step.target) : t('{0} was stopped', step.target),
  );
  if (isProxy) return;
  await endHolders(session, plan, left);
}

/** Outcome `stopped`: the request to stop was accepted. */
async function askToStop(session: FreeSession, way: StopWay): Promise<Pick<DoneStep, 'outcome' | 'message'>> {
  switch (way.by) {
    case 'signal': {
      const { outcome, message } = await signal(
        session,
        way.process,
        session.options.signal,
        session.options.graceMs,
      );
      if (outcome === 'running') offerKill(session, way.process);
      return { outcome: outcome === 'exited' || outcome === 'gone' ? 'stopped' : outcome, message };
    }
    case 'client':
      return way.supervisor.stop().then(
        () => ({ outcome: 'stopped', message: '' }),
        (error: unknown) => ({
          outcome: 'failed',
          message: error instanceof Error ? error.message : String(error),
        }),
      );
    case 'program': {
      const [program, ...args] = way.command;
      const { ok, errorText } = await runProgram(program, args, stopMs);
      if (ok) return { outcome: 'stopped', message: '' };
      return {
        outcome: needsRoot(way.rootOnly) ? 'denied' : 'failed',
        message: t(
          'Stopping failed: {0}; run {1}',
          quoted(errorText.trim().replace(/\s*\n\s*/g, ' ')),
          ownCommandText(way),
        ),
      };
    }
  }
}

/** Sends the signal and waits; if the process stays, aborts its connections, then offers SIGKILL. */
async function endProcess(session: FreeSession, plan: Plan, process: Owner): Promise<void> {
  const { options, prompts } = session;
  const holds = () => holdsPort(session, plan, process);
  // It may have released the port during the question or an earlier step; then there is no reason to end it.
  if (!(await holds())) {
    session.done.push(await released(session, process));
    return;
  }
  let sent = options.signal;
  let result = await signal(session, process, sent, options.graceMs);
  const stays = async () => result.outcome === 'running' && (await holds());
  if (options.signal === 'TERM' && !result.ignored && (await stays()))
    result = (await endsWithoutSessions(session, plan, process)) ?? result;
  if (options.signal === 'TERM' && (await stays()) && (await prompts.offerKill(process))) {
    sent = 'KILL';
    result = await signal(session, process, sent, options.graceMs);
  }
  const letGo = result.outcome === 'running' && !(await holds());
  if (letGo) session.done.push(await released(session, process));
  else session.done.push(await ended(session, process, result, sent));
}

/** Says why it still runs, where that is known, and what helps. */
async function ended(
  session: FreeSession,
  process: Owner,
  result: SignalResult,
  sent: Signal,
): Promise<DoneStep> {
  const step = signalled(process, result);
  if (result.outcome !== 'running') return step;
  const held = await heldUp(process);
  if (held) session.next.push(...held.next);
  const mayKill = sent === 'TERM' && (held?.endsByKill ?? true);
  if (mayKill) offerKill(session, process);
  session.isStuck ||= !mayKill;
  return held ? { ...step, message: t('{0}: it {1}', step.message, held.why) } : step;
}

function offerKill({ command, options, next }: FreeSession, process: Pick<Owner, 'name' | 'pid'>): void {
  if (options.signal !== 'TERM') return;
  next.push({
    command: `${command} --signal KILL`,
    why: t('SIGKILL ends {0} at once, without a chance to clean up', processText(process)),
  });
}

/** Aborts the sessions that a server such as PostgreSQL would wait for without end. Null: it still runs, or the plan has none. */
async function endsWithoutSessions(
  session: FreeSession,
  plan: Plan,
  process: Owner,
): Promise<SignalResult | null> {
  if (!plan.steps.some(({ act }) => act === 'destroy')) return null;
  await abortLeftovers(session, plan);
  const ms = Math.min(abortMs, session.options.graceMs);
  const left = await stillRunning(session.requester, [process], ms, session.intervals.lifeMs);
  return left.length === 0 ? { outcome: 'exited', message: t('{0} has ended', processText(process)) } : null;
}

async function holdsPort(
  session: FreeSession,
  { answer }: Plan,
  { pid, startTime }: Owner,
): Promise<boolean> {
  const { port, protocol, netns } = answer;
  const filter = `${portFilter({ port, protocol, netns })} pid:${pid}`;
  const { sockets } = await listPage(session.requester, { filter });
  return sockets.some(
    (socket) =>
      isAtPlace(socket, answer) &&
      socket.owners.some((owner) => owner.pid === pid && owner.startTime === startTime),
  );
}

/** The step of a process that no longer holds the port. */
async function released({ requester }: FreeSession, process: Owner): Promise<DoneStep> {
  const target = processText(process);
  return (await inspectIfThere(requester, process))
    ? {
        act: 'signal',
        target,
        outcome: 'released',
        message: t('{0} lives on, but holds the port no longer', target),
      }
    : { act: 'signal', target, outcome: 'gone', message: t('{0} has ended by itself', target) };
}

async function signal(
  { requester }: FreeSession,
  process: ProcessId,
  signal: Signal,
  graceMs: number,
): Promise<SignalResult> {
  return requester.request(signalProcess, { ...processIdOf(process), signal, graceMs });
}

function signalled(process: Owner, { outcome, message }: SignalResult): DoneStep {
  return { act: 'signal', target: processText(process), outcome, message };
}

/** Skips those that have released the port by now. */
async function endHolders(session: FreeSession, plan: Plan, processes: readonly Owner[]): Promise<void> {
  for (const process of processes)
    if (await holdsPort(session, plan, process)) await endProcess(session, plan, process);
}

/**
 * Waits for the workers of ended servers to end too, then lists the processes that still hold an inherited socket, also those
 * that inherited it after the plan was made. They are only reported: the user has not agreed to end them.
 */
export async function awaitInheritors(
  session: FreeSession,
  plan: Plan,
  steps: readonly Step[],
): Promise<readonly Owner[]> {
  const { graceMs, signal } = session.options;
  const ms = signal === 'KILL' ? Math.min(killMs, graceMs) : graceMs;
  await stillRunning(session.requester, inheritorsOf(steps), ms, session.intervals.lifeMs);
  const holders = endingOwners(steps).flatMap((step) => step.holders);
  const inherited = holders.flatMap(({ sockets }) => sockets.map(({ cookie }) => cookie));
  const { port, protocol, netns } = plan.answer;
  const filter = `${portFilter({ port, protocol, netns })} state:listen,bound,close`;
  const { sockets } = await listAll(session.requester, filter);
  return eachOnce(sockets.filter(({ cookie }) => inherited.includes(cookie)).flatMap(({ owners }) => owners));
}
