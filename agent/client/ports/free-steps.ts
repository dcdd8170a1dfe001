/** Ending what is bound to the port: a process, its supervisor or container, or only its listening socket. */

import { processText, quoted } from '../../common/process-text';
import {
  destroySockets,
  isFree,
  listSockets,
  type Owner,
  type ProcessId,
  processIdOf,
  type Signal,
  type SignalResult,
  signalProcess,
  targetOf,
} from '../../protocol';
import { runProgram } from '../run-program';
import type { StopWay } from './find-supervisor';
import { abortLeftovers, needsAgent } from './free-leftovers';
import { abortable, eachOnce, endingOwners, heirsOf, type Plan, type Step } from './free-plan';
import type { Scene } from './free-session';
import { commandText } from './free-text';
import type { DoneStep, StepOutcome } from './free-types';
import { portFilter } from './port-watch';
import { inspectIfThere, stillRunning } from './process-life';

/** Milliseconds: a container has ten seconds to stop, and a unit may have more. */
const stopMs = 40_000;
/** Milliseconds that a process has to end once its connections are aborted. */
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
  const deaf = results.find(({ outcome }) => outcome === 'destroyed');
  const told = wrong ?? deaf ?? results[0];
  scene.done.push({
    act,
    target,
    outcome: wrong ? wrong.outcome : deaf ? 'taken-over' : 'gone',
    message: told?.message ?? '',
  });
  if (wrong || !deaf || !process || !(await scene.person.offerSignal?.(process))) return;
  scene.done.push(signalled(process, await signal(scene, process, 'TERM', scene.options.graceMs)));
}

/** Those that the plan names are ended like any other where the supervisor leaves them behind. */
async function stop(scene: Scene, plan: Plan, step: Step, way: StopWay): Promise<void> {
  const done = (outcome: StepOutcome, message: string) =>
    scene.done.push({ act: step.act, target: step.target, outcome, message });
  if (isFree(await scene.bind())) {
    done('gone', `${step.target} was left alone: the port is free by now`);
    return;
  }
  const asked = await askToStop(scene, way);
  if (asked.outcome !== 'stopped') {
    done(asked.outcome, asked.message);
    return;
  }
  const { graceMs } = scene.options;
  // A container's proxy is its runtime's to end.
  const isProxy = step.process === null;
  const awaited = isProxy ? step.holders.flatMap((holder) => holder.owners) : step.named;
  const left = await stillRunning(scene.requester, awaited, graceMs, scene.pace.lifeMs);
  done('stopped', `${step.target} was stopped`);
  if (isProxy) return;
  await endHolders(scene, plan, left);
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
  const { options, person } = scene;
  const holds = () => holdsPort(scene, plan, process);
  // The person took their time, or another step took its holders with it: nobody agreed to end a process for nothing.
  if (!(await holds())) {
    scene.done.push(await released(scene, process));
    return;
  }
  let result = await signal(scene, process, options.signal, options.graceMs);
  const stays = async () => result.outcome === 'running' && (await holds());
  if (options.signal === 'TERM' && !result.ignored && (await stays()))
    result = (await endsWithoutSessions(scene, plan, process)) ?? result;
  if (options.signal === 'TERM' && (await stays()) && (await person.offerKill(process)))
    result = await signal(scene, process, 'KILL', options.graceMs);
  const letGo = result.outcome === 'running' && !(await holds());
  scene.done.push(letGo ? await released(scene, process) : signalled(process, result));
}

/** A server that waits for its sessions, as PostgreSQL does, would wait for ever. Null: the plan has none to abort. */
async function endsWithoutSessions(scene: Scene, plan: Plan, process: Owner): Promise<SignalResult | null> {
  if (!plan.steps.some(({ act }) => act === 'destroy')) return null;
  await abortLeftovers(scene, plan);
  const ms = Math.min(abortMs, scene.options.graceMs);
  const left = await stillRunning(scene.requester, [process], ms, scene.pace.lifeMs);
  return left.length === 0 ? { outcome: 'exited', message: `${processText(process)} has ended` } : null;
}

async function holdsPort(scene: Scene, { answer }: Plan, { pid, startTime }: Owner): Promise<boolean> {
  const { port, protocol, netns } = answer;
  const filter = `${portFilter({ port, protocol, netns })} pid:${pid}`;
  const { sockets } = await scene.requester.request(listSockets, { filter });
  return sockets.some(({ owners }) =>
    owners.some((owner) => owner.pid === pid && owner.startTime === startTime),
  );
}

/** It holds the port no longer. */
async function released({ requester }: Scene, process: Owner): Promise<DoneStep> {
  const target = processText(process);
  return (await inspectIfThere(requester, process))
    ? {
        act: 'signal',
        target,
        outcome: 'released',
        message: `${target} lives on, but holds the port no longer`,
      }
    : { act: 'signal', target, outcome: 'gone', message: `${target} has ended by itself` };
}

async function signal(
  { requester }: Scene,
  process: ProcessId,
  signal: Signal,
  graceMs: number,
): Promise<SignalResult> {
  return requester.request(signalProcess, { ...processIdOf(process), signal, graceMs });
}

function signalled(process: Owner, { outcome, message }: SignalResult): DoneStep {
  return { act: 'signal', target: processText(process), outcome, message };
}

/** Whoever of them has let go of the port by now is left alone, and not told of. */
async function endHolders(scene: Scene, plan: Plan, processes: readonly Owner[]): Promise<void> {
  for (const process of processes)
    if (await holdsPort(scene, plan, process)) await endProcess(scene, plan, process);
}

/**
 * Who still holds a socket of those that have ended, after the time that workers have to see it: they inherited it, perhaps
 * since the plan was made. Nobody agreed to end them, so that they are only told of.
 */
export async function awaitHeirs(
  scene: Scene,
  plan: Plan,
  steps: readonly Step[],
): Promise<readonly Owner[]> {
  const { graceMs, signal } = scene.options;
  const ms = signal === 'KILL' ? Math.min(killMs, graceMs) : graceMs;
  await stillRunning(scene.requester, heirsOf(steps), ms, scene.pace.lifeMs);
  const holders = endingOwners(steps).flatMap((step) => step.holders);
  const inherited = holders.flatMap(({ sockets }) => sockets.map(({ cookie }) => cookie));
  const { port, protocol, netns } = plan.answer;
  const filter = `${portFilter({ port, protocol, netns })} state:listen,bound,close`;
  const { sockets } = await scene.requester.request(listSockets, { filter });
  return eachOnce(sockets.filter(({ cookie }) => inherited.includes(cookie)).flatMap(({ owners }) => owners));
}
