/** Frees a port, mildest act first, asks once, and proves it by a bind. */

import { processesText } from '../../common/process-text';
import {
  type BindTrial,
  ErrorCode,
  isFree,
  isFreeForReuse,
  type Owner,
  protocolError,
  type Socket,
} from '../../protocol';
import type { Requester } from '../requester';
import { isHere, type KnownPort } from './explain-port';
import { abortLeftovers } from './free-leftovers';
import { type Plan, planFree } from './free-plan';
import {
  againText,
  alreadyText,
  freedText,
  inheritedOnText,
  nothingDoneText,
  nothingToDoText,
  stillBusyText,
} from './free-report';
import { type Pace, Scene, usualPace } from './free-session';
import { awaitHeirs, perform } from './free-steps';
import type { DoneStep, FreeOptions, FreeReport, Person, StepOutcome } from './free-types';
import { respawnerOf, watchForHolder } from './port-watch';
import { isBinding } from './published';

/** Errors: readOnly, and as for ports/explain. */
export async function freePort(
  requester: Requester,
  options: FreeOptions,
  person: Person,
  pace: Pace = usualPace,
): Promise<FreeReport> {
  const scene = new Scene(requester, options, person, pace);
  const known = await scene.look();
  if (known.answer.free)
    return {
      ...reportOf(scene, known),
      freed: true,
      already: true,
      message: alreadyText(options, known.answer),
    };
  if (requester.info.readOnly)
    throw protocolError(ErrorCode.readOnly, 'The agent was started with --read-only, so nothing is freed');
  const plan = await planWithSight(scene, known);
  const before = reportOf(scene, plan);
  if (plan.steps.length === 0) return { ...before, message: nothingToDoText(options, plan) };
  if (!(await person.confirm(plan))) return { ...before, message: nothingDoneText(options) };
  return act(scene, plan);
}

/** Where an owner is out of sight, the agent is asked for first: nobody can agree to end whom they cannot see. */
async function planWithSight(scene: Scene, known: KnownPort): Promise<Plan> {
  const plan = planFree(known, scene.options, scene.requester.info);
  if (!isBlind(plan, known) || scene.hasAgent) return plan;
  if (await scene.askForAgent(known.answer.netns))
    return planFree(await scene.look(), scene.options, scene.requester.info);
  if (plan.steps.length === 0) scene.done.push({ ...outOfSight, message: plan.leftAlone[0] ?? '' });
  return plan;
}

const outOfSight = { act: 'destroy', target: processesText([]), outcome: 'needs-agent' } as const;

/** All that could be done hangs on who it is that an observer cannot see. */
function isBlind({ steps }: Plan, { answer }: KnownPort): boolean {
  const hidden = answer.holders.some(
    ({ kind, owners, sockets, remedy }) =>
      kind === 'connection' && owners.length === 0 && remedy === 'none' && sockets[0]?.netns === answer.netns,
  );
  const unnamed = steps.some(
    ({ act, process }) => (act === 'signal' || act === 'take-over') && process === null,
  );
  return unnamed || (steps.length === 0 && hidden);
}

async function act(scene: Scene, plan: Plan): Promise<FreeReport> {
  const agreedAt = performance.now();
  const ending = plan.steps.filter(({ act }) => act !== 'destroy');
  for (const step of ending) await perform(scene, plan, step);
  let binds = await scene.bind();
  if (!isFree(binds) && hasEnded(scene.done) && !ending.some(({ act }) => act === 'take-over')) {
    const heirs = await awaitHeirs(scene, plan, ending);
    binds = await scene.bind();
    // Whatever else is aborted, what they hold keeps the port.
    if (heirs.length > 0 && !isFree(binds)) return heldOn(scene, plan, binds, heirs);
  }
  if (await wantsAborting(scene, ending.length > 0, binds)) {
    await abortLeftovers(scene, plan);
    binds = await scene.bind();
  }
  const provedMs = Math.round(performance.now() - agreedAt);
  const { freed, needsReuseaddr } = judge(binds, scene.done);
  const report = { ...reportOf(scene, plan), binds, freed, needsReuseaddr };
  if (!freed) return stillBusy(scene, plan, report);
  return watched(scene, plan, { ...report, provedMs, message: freedText(scene.options, report) });
}

/** What was bound to the port is so no longer. */
const ends: readonly StepOutcome[] = ['exited', 'gone', 'released', 'stopped', 'taken-over'];

/** What was to be ended has ended, each and all. */
function hasEnded(done: readonly DoneStep[]): boolean {
  return (
    done.length > 0 &&
    done.filter(({ act }) => act !== 'destroy').every(({ outcome }) => ends.includes(outcome))
  );
}

/** Where servers with SO_REUSEADDR can bind it already, nobody is asked for the agent, but one that is there is used. */
async function wantsAborting(scene: Scene, ended: boolean, binds: readonly BindTrial[]): Promise<boolean> {
  if (isFree(binds)) return false;
  if (!ended) return true;
  // After a take-over its deaf owner keeps the port from all others, whatever is aborted.
  const deaf = scene.done.some(({ outcome }) => outcome === 'taken-over');
  return hasEnded(scene.done) && ((scene.hasAgent && !deaf) || !isFreeForReuse(binds));
}

function judge(
  binds: readonly BindTrial[],
  done: readonly DoneStep[],
): Pick<FreeReport, 'freed' | 'needsReuseaddr'> {
  const ended = done.some(({ act, outcome }) => act !== 'destroy' && ends.includes(outcome));
  const needsReuseaddr = !isFree(binds) && isFreeForReuse(binds) && ended;
  return { freed: isFree(binds) || needsReuseaddr, needsReuseaddr };
}

/** Somebody else may hold it by now: told, and left alone, since nobody agreed to more. */
async function stillBusy(scene: Scene, plan: Plan, report: FreeReport): Promise<FreeReport> {
  const known = await scene.look();
  const successor = successorOf(plan, known);
  if (successor && hasEnded(scene.done)) return busyAgain(scene, report, successor);
  return { ...report, message: stillBusyText(scene.options, scene.done, known) };
}

function heldOn(scene: Scene, plan: Plan, binds: readonly BindTrial[], heirs: readonly Owner[]): FreeReport {
  const report = { ...reportOf(scene, plan), binds };
  return { ...report, message: inheritedOnText(scene.options, report, heirs, scene.command) };
}

/** A bound socket of none whom the plan names. */
function successorOf(plan: Plan, { answer }: KnownPort): Socket | null {
  const planned = cookiesOf(plan);
  const bound = answer.holders.filter((holder) => isHere(holder, answer.netns) && isBinding(holder));
  return bound.flatMap(({ sockets }) => sockets).find(({ cookie }) => !planned.includes(cookie)) ?? null;
}

function cookiesOf({ answer }: Plan): string[] {
  return answer.holders.flatMap(({ sockets }) => sockets.map(({ cookie }) => cookie));
}

/** Whoever starts a server again mostly does so within three seconds. */
async function watched(scene: Scene, plan: Plan, report: FreeReport): Promise<FreeReport> {
  const { requester, pace } = scene;
  const holder = await watchForHolder(requester, report, cookiesOf(plan), pace);
  return holder ? busyAgain(scene, { ...report, binds: await scene.bind() }, holder) : report;
}

async function busyAgain(
  { requester, options, person }: Scene,
  report: FreeReport,
  holder: Socket,
): Promise<FreeReport> {
  const respawn = await respawnerOf(requester, holder, (pids) => person.supervisorOf(pids));
  const message = againText(options, respawn, report.freed);
  return { ...report, freed: false, needsReuseaddr: false, respawn, message };
}

/** Before anything is known to be free. */
function reportOf({ options, done }: Scene, { answer }: Pick<KnownPort, 'answer'>): FreeReport {
  const { port, protocol } = options;
  return {
    port,
    protocol,
    netns: answer.netns,
    freed: false,
    already: false,
    needsReuseaddr: false,
    steps: done,
    binds: answer.binds,
    respawn: null,
    provedMs: null,
    message: '',
  };
}
