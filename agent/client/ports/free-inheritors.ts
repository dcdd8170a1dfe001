/** Processes that inherited a socket from those that get a signal: they are named, and end by an agreement of their own. Pure. */

import { processText } from '../../common/process-text';
import type { Owner, PortHolder, ProcessId } from '../../protocol';
import type { HolderDetail } from './explain-port';
import type { Step } from './free-step';
import { inheritedText, inheritorText } from './free-text';
import type { FreeOptions } from './free-types';
import { unjudged } from './free-verdict';

/** One for each process that only inherited a socket, unless it carries sessions that nobody agreed to end. */
export function inheritorSteps(
  servers: readonly Step[],
  bound: readonly HolderDetail[],
  options: FreeOptions,
): Step[] {
  return endingOwners(servers)
    .flatMap((step) => step.holders)
    .flatMap((holder) => inheritorsOf(servers, [holder]).map((owner) => ({ holder, owner })))
    .filter(({ owner }) => options.includeSessions || !bound.some(({ sessions }) => sessions.has(owner.pid)))
    .map(({ holder, owner }) => ({
      act: 'signal',
      target: processText(owner),
      what: inheritorText(owner, holder.kind, options),
      holders: [holder],
      process: owner,
      named: [owner],
      needsAgent: false,
      ifStillBusy: true,
      stop: null,
      verdict: unjudged,
    }));
}

/** Sentences about inheritors; not of a supervisor's holders, since its step already names them. */
export function inheritedTexts(steps: readonly Step[]): string[] {
  const stopped = new Set(steps.filter(({ stop }) => stop).flatMap(({ holders }) => holders));
  const holders = new Set(endingOwners(steps).flatMap((step) => step.holders));
  const texts = [...holders].flatMap((holder) => {
    const inheritors = stopped.has(holder) ? [] : inheritorsOf(steps, [holder]);
    return inheritors.length === 0 ? [] : [inheritedText(inheritors, holder.kind)];
  });
  return [...new Set(texts)];
}

/** Steps that end an owner of a holder; not a take-over, after which the owners run on. */
export function endingOwners(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ named }) => named.length > 0);
}

/**
 * Processes that inherited a socket from those that get a signal: workers, which end with their server, and helpers that hold
 * the socket by accident. Neither gets a signal.
 */
export function inheritorsOf(
  steps: readonly Step[],
  holders: readonly PortHolder[] = endingOwners(steps).flatMap((step) => step.holders),
): Owner[] {
  const named = new Set(steps.flatMap((step) => step.named.map(({ pid }) => pid)));
  return eachOnce(holders.flatMap(({ owners }) => owners)).filter(({ pid }) => !named.has(pid));
}

export function eachOnce<Process extends ProcessId>(processes: readonly Process[]): Process[] {
  return [...new Map(processes.map((process) => [process.pid, process])).values()];
}
