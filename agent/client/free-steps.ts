/** Ending what is bound to the port: a process, its supervisor or container, or only its listening socket. */

import {
  destroySockets,
  isFree,
  type Owner,
  type ProcessId,
  type Signal,
  type SignalResult,
  signalProcess,
  targetOf,
} from '../protocol';
import type { StopWay } from './find-supervisor';
import { abortLeftovers, needsAgent } from './free-leftovers';
import { abortable, type Plan, type Step } from './free-plan';
import type { Scene } from './free-scene';
import { commandText } from './free-text';
import type { DoneStep, StepOutcome } from './free-types';
import { processText, quoted } from './port-text';
import { stillRunning } from './process-life';
import { runProgram } from './run-program';

/** Milliseconds: a container has ten seconds to stop, and a unit may have more. */
const stopMs = 40_000;
/** Milliseconds that a process has to end before its connections are aborted, and at least after that. */
const abortMs = 1000;
/** Milliseconds that what SIGKILL orphaned has to see it. */
const killMs = 200;

/** Pushes what was seen to the scene's done steps. */
export async function perform(scene: Scene, plan: Plan, step: Step): Promise<void> {
  if (step.needsAgent && !(await scene.askForAgent(plan.answer.netns))) {
    scene.done.push(needsAgent(step));
    return;
  }
  if (step.act === 'take-over') return takeOver(scene, step);
  if (step.stop) return stop(scene, plan, step, step.stop);
  if (step.process) return endProcess(scene, plan, step.process);
  scene.done.push(needsAgent(step));
}

async function takeOver(scene: Scene, { act, target, holders, process }: Step): Promise<void> {
  const targets = holders.flatMap(abortable).map(targetOf);
  const options = { includeListeners: true, takeOver: true };
  const { results } = await scene.requester.request(destroySockets, { targets, ...options });
  const wrong = results.find(({ outcome }) => outcome !== 'destroyed' && outcome !== 'gone');
  const told = wrong ?? results[0];
  scene.done.push({
    act,
    target,
    outcome: wrong ? wrong.outcome : 'taken-over',
    message: told?.message ?? '',
  });
  if (wrong || !process || !(await scene.person.offerSignal?.(process))) return;
  scene.done.push(signalled(process, await signal(scene, process, 'TERM', scene.options.graceMs)));
}

/** Whom the supervisor leaves behind is ended like any other: the plan names them. */
async function stop(scene: Scene, plan: Plan, step: Step, way: StopWay): Promise<void> {
  const owners = ownersOf([step]);
  const asked = await askToStop(scene, way);
  const done = (outcome: StepOutcome, message: string) =>
    scene.done.push({ act: step.act, target: step.target, outcome, message });
  if (asked.outcome !== 'stopped') {
    done(asked.outcome, asked.message);
    return;
  }
  const { graceMs } = scene.options;
  const left = await stillRunning(scene.requester, owners, graceMs, scene.pace.lifeMs);
  done('stopped', `${step.target} was stopped`);
  // A container's proxy is its runtime's to end.
  if (step.process === null) return;
  for (const owner of left) if (!isFree(await scene.bind())) await endProcess(scene, plan, owner);
}

/** Outcome `stopped`: it was asked, and did not refuse. */
async function askToStop(scene: Scene, way: StopWay): Promise<Pick<DoneStep, 'outcome' | 'message'>> {
  switch (way.by) {
    case 'signal': {
      const { outcome, message } = await signal(
        scene,
        way.process,
        scene.options.signal,
        scene.options.graceMs,
      );
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
      const { ok, complaint } = await runProgram(program, args, stopMs);
      if (ok) return { outcome: 'stopped', message: '' };
      const denied = way.rootOnly && process.getuid?.() !== 0;
      const command = `${denied ? 'sudo ' : ''}${commandText(way.command)}`;
      return {
        outcome: denied ? 'denied' : 'failed',
        message: `Stopping failed: ${quoted(complaint.trim())}; run ${command}`,
      };
    }
  }
}

/** The signal, the grace, and where it stays: its connections aborted, then SIGKILL if the person wants that. */
async function endProcess(scene: Scene, plan: Plan, process: Owner): Promise<void> {
  const { options, requester, person } = scene;
  const sessions = plan.steps.some(({ act }) => act === 'destroy');
  // Without an agent at hand somebody has to be asked for it: not before the process had its time.
  const firstMs = sessions && scene.hasAgent ? Math.min(abortMs, options.graceMs) : options.graceMs;
  let result = await signal(scene, process, options.signal, firstMs);
  const isBusy = async () => result.outcome === 'running' && !isFree(await scene.bind());
  if (options.signal === 'TERM' && sessions && (await isBusy())) {
    // A server that waits for its sessions, as PostgreSQL does, would wait for ever.
    await abortLeftovers(scene, plan);
    const restMs = Math.max(options.graceMs - firstMs, Math.min(abortMs, options.graceMs));
    const left = await stillRunning(requester, [process], restMs, scene.pace.lifeMs);
    if (left.length === 0) result = { outcome: 'exited', message: `${processText(process)} has ended` };
  }
  if (options.signal === 'TERM' && (await isBusy()) && (await person.offerKill(process)))
    result = await signal(scene, process, 'KILL', options.graceMs);
  scene.done.push(signalled(process, result));
}

async function signal(
  { requester }: Scene,
  { pid, startTime }: ProcessId,
  signal: Signal,
  graceMs: number,
): Promise<SignalResult> {
  return requester.request(signalProcess, { pid, startTime, signal, graceMs });
}

function signalled(process: Owner, { outcome, message }: SignalResult): DoneStep {
  return { act: 'signal', target: processText(process), outcome, message };
}

/** What shared a socket with those that have ended, and still holds it: workers of a server that was killed. */
export async function endFollowers(scene: Scene, plan: Plan, steps: readonly Step[]): Promise<void> {
  const tried = new Set(steps.flatMap(({ process }) => (process ? [process.pid] : [])));
  const own = steps.filter(({ process }) => process !== null);
  const followers = ownersOf(own).filter(({ pid }) => !tried.has(pid));
  const { graceMs, signal } = scene.options;
  const ms = signal === 'KILL' ? Math.min(killMs, graceMs) : graceMs;
  const left = await stillRunning(scene.requester, followers, ms, scene.pace.lifeMs);
  for (const owner of left) if (!isFree(await scene.bind())) await endProcess(scene, plan, owner);
}

/** Each process once. */
function ownersOf(steps: readonly Step[]): Owner[] {
  const owners = steps.flatMap(({ holders }) => holders).flatMap(({ owners }) => owners);
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
}
