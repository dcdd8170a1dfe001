/** Frees a port: mildest act first, after one question, proved by a bind. */

import { hiddenProcess, processText } from '../../common/process-text';
import { t } from '../../common/translate';
import {
  type BindTrial,
  ErrorCode,
  isFree,
  isFreeForReuse,
  type Owner,
  type ProcessDetail,
  protocolError,
  type Socket,
} from '../../protocol';
import type { Requester } from '../requester';
import { isInTheWay, type PortDetail } from './explain-port';
import { abortLeftovers } from './free-leftovers';
import { planFree } from './free-plan';
import {
  againText,
  alreadyText,
  freedText,
  inheritedOnText,
  nothingDoneText,
  nothingToDoText,
  parentText,
  stillBusyText,
} from './free-report';
import { FreeSession, type PollIntervals, usualIntervals } from './free-session';
import type { Plan, Step } from './free-step';
import { awaitInheritors, perform } from './free-steps';
import { refusedText } from './free-text';
import type { DoneStep, FreeOptions, FreePrompts, FreeReport, NextStep, StepOutcome } from './free-types';
import { judgeHolders } from './free-verdict';
import { nextSteps } from './next-steps';
import { respawnerOf, watchForHolder } from './port-watch';
import { isBinding } from './published';
import { livingParent, stopRestarter } from './restarters';

/** Errors: readOnly, and as for ports/explain. */
export async function freePort(
  requester: Requester,
  options: FreeOptions,
  prompts: FreePrompts,
  intervals: PollIntervals = usualIntervals,
): Promise<FreeReport> {
  const session = new FreeSession(requester, options, prompts, intervals);
  const report = await free(session);
  return report.freed ? report : { ...report, next: await nextAfter(session) };
}

/** Nothing but what helps a failed step, where there is that; nothing after a "no". */
async function nextAfter(session: FreeSession): Promise<readonly NextStep[]> {
  const { requester, options, next, isStuck, isDeclined } = session;
  if (next.length > 0 || isStuck || isDeclined) return next;
  return nextSteps(requester, await session.inspect(), options);
}

async function free(session: FreeSession): Promise<FreeReport> {
  const { requester, options, prompts } = session;
  const detail = await session.inspect();
  if (detail.answer.free)
    return {
      ...reportOf(session, detail),
      freed: true,
      already: true,
      message: alreadyText(options, detail.answer),
    };
  if (requester.info.readOnly)
    throw protocolError(ErrorCode.readOnly, t('The agent was started with --read-only, so nothing is freed'));
  const plan = await planWithVisibleOwners(session, detail);
  session.done.push(...plan.refused.map(toRefused));
  const before = reportOf(session, plan);
  if (plan.steps.length === 0) return { ...before, message: nothingToDoText(options, plan) };
  session.isDeclined = !(await prompts.confirm(plan));
  if (session.isDeclined) return { ...before, message: nothingDoneText(options) };
  return act(session, plan);
}

/** Asks for the agent first where an owner is hidden: nobody can agree to end a process without its name. */
async function planWithVisibleOwners(session: FreeSession, detail: PortDetail): Promise<Plan> {
  const plan = await planWithin(session, detail);
  if (!needsHiddenOwner(plan, detail) || session.hasAgent) return plan;
  if (await session.askForAgent(detail.answer.netns)) return planWithin(session, await session.inspect());
  if (plan.steps.length === 0) session.done.push(hiddenOwnerStep(plan.leftAlone[0] ?? ''));
  return plan;
}

async function planWithin({ requester, options }: FreeSession, detail: PortDetail): Promise<Plan> {
  return planFree(detail, await judgeHolders(requester, detail.holders), options, requester.info);
}

function toRefused(step: Step): DoneStep {
  const { outcome, message } = step.verdict.refusal ?? { outcome: 'denied', message: '' };
  return { act: step.act, target: step.target, outcome, message: refusedText(step, message) };
}

function hiddenOwnerStep(message: string): DoneStep {
  return { act: 'destroy', target: hiddenProcess(), outcome: 'needs-agent', message };
}

/** Every possible step depends on an owner that the observer cannot see. */
function needsHiddenOwner({ steps }: Plan, { answer }: PortDetail): boolean {
  const hidden = answer.holders.some(
    ({ kind, owners, sockets, remedy }) =>
      kind === 'connection' && owners.length === 0 && remedy === 'none' && sockets[0]?.netns === answer.netns,
  );
  const unnamed = steps.some(
    ({ act, process }) => (act === 'signal' || act === 'take-over') && process === null,
  );
  return unnamed || (steps.length === 0 && hidden);
}

async function act(session: FreeSession, plan: Plan): Promise<FreeReport> {
  const agreedAt = performance.now();
  const ending = plan.steps.filter(({ act }) => act !== 'destroy');
  for (const step of ending) await perform(session, plan, step);
  let binds = await session.bind();
  if (!isFree(binds) && hasEnded(session.done) && !ending.some(({ act }) => act === 'take-over')) {
    const inheritors = await awaitInheritors(session, plan, ending);
    binds = await session.bind();
    // Their sockets keep the port, whatever else is aborted.
    if (inheritors.length > 0 && !isFree(binds)) return heldByInheritors(session, plan, binds, inheritors);
  }
  if (await wantsAborting(session, ending.length > 0, binds)) {
    await abortLeftovers(session, plan);
    binds = await session.bind();
  }
  const provedMs = Math.round(performance.now() - agreedAt);
  const { freed, needsReuseaddr } = judge(binds, session.done);
  const report = { ...reportOf(session, plan), binds, freed, needsReuseaddr };
  if (!freed) return stillBusy(session, plan, report);
  return watchAfterwards(session, plan, { ...report, provedMs, message: freedText(session.options, report) });
}

/** Outcomes after which the holder is no longer bound to the port. */
const ends: readonly StepOutcome[] = ['exited', 'gone', 'released', 'stopped', 'taken-over'];

/** All that was to end has ended. */
function hasEnded(done: readonly DoneStep[]): boolean {
  return (
    done.length > 0 &&
    done.filter(({ act }) => act !== 'destroy').every(({ outcome }) => ends.includes(outcome))
  );
}

/** Where servers with SO_REUSEADDR can bind it already, a running agent is used, but none is asked for. */
async function wantsAborting(
  session: FreeSession,
  ended: boolean,
  binds: readonly BindTrial[],
): Promise<boolean> {
  if (isFree(binds)) return false;
  if (!ended) return true;
  // After a take-over its deaf owner keeps the port from all others, whatever is aborted.
  const deaf = session.done.some(({ outcome }) => outcome === 'taken-over');
  return hasEnded(session.done) && ((session.hasAgent && !deaf) || !isFreeForReuse(binds));
}

function judge(
  binds: readonly BindTrial[],
  done: readonly DoneStep[],
): Pick<FreeReport, 'freed' | 'needsReuseaddr'> {
  const ended = done.some(({ act, outcome }) => act !== 'destroy' && ends.includes(outcome));
  const needsReuseaddr = !isFree(binds) && isFreeForReuse(binds) && ended;
  return { freed: isFree(binds) || needsReuseaddr, needsReuseaddr };
}

/** A new holder is reported and left alone: the user has not agreed to end it. */
async function stillBusy(session: FreeSession, plan: Plan, report: FreeReport): Promise<FreeReport> {
  const detail = await session.inspect();
  const successor = successorOf(plan, detail);
  if (successor && hasEnded(session.done)) return busyAgain(session, plan, report, successor);
  return { ...report, message: stillBusyText(session.options, session.done, detail) };
}

function heldByInheritors(
  session: FreeSession,
  plan: Plan,
  binds: readonly BindTrial[],
  inheritors: readonly Owner[],
): FreeReport {
  const report = { ...reportOf(session, plan), binds };
  return { ...report, message: inheritedOnText(session.options, report, inheritors) };
}

/** A bound socket that the plan does not know. */
function successorOf(plan: Plan, { answer }: PortDetail): Socket | null {
  const planned = cookiesOf(plan);
  const bound = answer.holders.filter((holder) => isInTheWay(holder) && isBinding(holder));
  return bound.flatMap(({ sockets }) => sockets).find(({ cookie }) => !planned.includes(cookie)) ?? null;
}

function cookiesOf({ answer }: Plan): string[] {
  return answer.holders.flatMap(({ sockets }) => sockets.map(({ cookie }) => cookie));
}

async function watchAfterwards(session: FreeSession, plan: Plan, report: FreeReport): Promise<FreeReport> {
  const { requester, intervals } = session;
  const { holderMs, watchMs, parentWatchMs } = intervals;
  const watch = (ms: number) => watchForHolder(requester, report, cookiesOf(plan), { holderMs, watchMs: ms });
  const again = async (holder: Socket) =>
    busyAgain(session, plan, { ...report, binds: await session.bind() }, holder);
  const soon = await watch(watchMs);
  if (soon) return again(soon);
  const parent = await livingParent(requester, signalled(plan));
  if (!parent) return { ...report, watchedMs: watchMs };
  const later = await watch(parentWatchMs - watchMs);
  if (later) return again(later);
  return {
    ...report,
    watchedMs: parentWatchMs,
    message: `${report.message}. ${parentText(parent, stopRestarter(parent))}`,
  };
}

/** Those that no supervisor is known of. */
function signalled({ steps, processes }: Plan): readonly ProcessDetail[] {
  const pids = steps
    .filter(({ act }) => act === 'signal')
    .flatMap(({ named }) => named.map(({ pid }) => pid));
  return processes.filter(({ pid }) => pids.includes(pid));
}

async function busyAgain(
  session: FreeSession,
  plan: Plan,
  report: FreeReport,
  holder: Socket,
): Promise<FreeReport> {
  const { requester, options, prompts, next } = session;
  const found = await respawnerOf(requester, holder, plan.processes, (pids) => prompts.supervisorOf(pids));
  const respawn = found?.respawn ?? null;
  if (found?.parent)
    next.push(
      {
        command: stopRestarter(found.parent),
        why: t('Ends {0}, which starts it again', processText(found.parent)),
      },
      { command: session.command, why: t('Then frees the port for good') },
    );
  const message = againText(options, respawn, report.freed);
  return { ...report, freed: false, needsReuseaddr: false, respawn, message };
}

/** The report while the port is not known to be free. */
function reportOf({ options, done }: FreeSession, { answer }: Pick<PortDetail, 'answer'>): FreeReport {
  const { port, protocol, addresses = [] } = options;
  return {
    port,
    protocol,
    addresses,
    netns: answer.netns,
    freed: false,
    already: false,
    needsReuseaddr: false,
    steps: done,
    binds: answer.binds,
    respawn: null,
    provedMs: null,
    watchedMs: null,
    message: '',
    next: [],
  };
}
