/** What freeing a port would do: the mildest act for each holder, and what is left alone. Pure. */

import { processesText, processText, quoted } from '../../common/process-text';
import type { AgentInfo, Owner, PortHolder, Socket } from '../../protocol';
import { type Ending, hasToEnd, isHere, type KnownHolder, type KnownPort } from './explain-port';
import { askProgram, type StopWay } from './find-supervisor';
import { inheritedText, leftoversText, signalText, stopText, supervisorText } from './free-text';
import type { FreeOptions, FreePlan, PlannedStep } from './free-types';
import type { Publisher } from './published';

/** With how it is done. */
export interface Step extends PlannedStep {
  /** Null: nothing is stopped. */
  readonly stop: StopWay | null;
  /** Those of its holders' owners that the sentence names: no other one may get a signal. */
  readonly named: readonly Owner[];
}

export interface Plan extends FreePlan {
  readonly steps: readonly Step[];
}

/** What is done to one holder; else one sentence why nothing is. */
type Fate = readonly Step[] | string;

interface Setting {
  readonly options: FreeOptions;
  readonly info: AgentInfo;
}

export function planFree({ answer, holders }: KnownPort, options: FreeOptions, info: AgentInfo): Plan {
  const setting = { options, info };
  const bound = holders.filter(({ holder }) => isHere(holder, answer.netns) && hasToEnd(holder));
  const fates = bound.map((known) => fateOf(known, setting));
  const ending = explained(merged(fates.flatMap((fate) => (typeof fate === 'string' ? [] : fate))), options);
  const leftovers = leftoversOf(holders, answer.netns);
  // While something stays bound, aborting connections would free nothing.
  const hopeless = fates.some((fate) => typeof fate === 'string');
  const aborting =
    hopeless || leftovers.length === 0 ? [] : [destroyStep(leftovers, ending.length > 0, info)];
  const others = holders.filter((known) => !bound.includes(known) && !leftovers.includes(known.holder));
  return {
    answer,
    steps: [...ending, ...aborting],
    leftAlone: [
      ...fates.filter((fate) => typeof fate === 'string'),
      ...(hopeless ? leftovers : []).map((holder) => holder.why),
      ...others.map(({ holder }) => holder.why),
      ...inheritedTexts(ending),
    ],
  };
}

/** Of a supervisor's, its step tells. */
function inheritedTexts(steps: readonly Step[]): string[] {
  const stopped = new Set(steps.filter(({ stop }) => stop).flatMap(({ holders }) => holders));
  const holders = new Set(endingOwners(steps).flatMap((step) => step.holders));
  const texts = [...holders].flatMap((holder) => {
    const heirs = stopped.has(holder) ? [] : heirsOf(steps, [holder]);
    return heirs.length === 0 ? [] : [inheritedText(heirs, holder.kind)];
  });
  return [...new Set(texts)];
}

/** Steps that end an owner of a holder; not a take-over, whose owners all live on. */
export function endingOwners(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ named }) => named.length > 0);
}

/**
 * Who shares a socket with those that get a signal, and was started by one of them: a worker, which ends with its server, or a
 * helper that only inherited it, of which nobody thinks when the port is to be free. So neither gets one.
 */
export function heirsOf(
  steps: readonly Step[],
  holders: readonly PortHolder[] = endingOwners(steps).flatMap((step) => step.holders),
): Owner[] {
  const named = new Set(steps.flatMap((step) => step.named.map(({ pid }) => pid)));
  return eachOnce(holders.flatMap(({ owners }) => owners)).filter(({ pid }) => !named.has(pid));
}

export function eachOnce(owners: readonly Owner[]): Owner[] {
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
}

/** Connections of a server that is on the port or was, and what no process has any more: those that may be aborted. */
function leftoversOf(holders: readonly KnownHolder[], netns: number): PortHolder[] {
  return holders
    .map(({ holder }) => holder)
    .filter((holder) => isHere(holder, netns) && isLeftover(holder) && abortable(holder).length > 0);
}

export function isLeftover({ kind, remedy }: PortHolder): boolean {
  return remedy === 'destroy' && (kind === 'connection' || kind === 'time-wait' || kind === 'orphan');
}

export function abortable({ sockets }: PortHolder): Socket[] {
  return sockets.filter(({ lifeline, kernel, obstacle }) => !lifeline && !kernel && obstacle === null);
}

function fateOf({ holder, endings, publisher }: KnownHolder, setting: Setting): Fate {
  const observer = setting.info.mode === 'observer';
  const alone = holder.why;
  if (holder.sockets.some(({ lifeline, kernel }) => lifeline || kernel)) return alone;
  if (setting.options.takeOver) return takeOver(holder, endings, observer);
  if (publisher) return [stopContainer(holder, publisher)];
  if (holder.kind === 'published') return alone;
  const stubborn = endings.find(({ supervisor }) => supervisor && !supervisor.stop);
  if (stubborn?.supervisor)
    return `${processText(stubborn.owner)} is left alone: ${supervisorText(stubborn.supervisor)} runs it beside others; stop this one there`;
  if (holder.owners.length === 0) return observer ? [outOfSight(holder, setting.options)] : alone;
  if (holder.remedy === 'none') return alone;
  return endings.map((ending) => endStep(holder, ending, setting));
}

function endStep(holder: PortHolder, { owner, uid, supervisor }: Ending, { options, info }: Setting): Step {
  const needsAgent = info.mode === 'observer' && uid !== null && uid !== info.uid;
  const common = { holders: [holder], process: owner, named: [owner], needsAgent };
  if (!supervisor?.stop)
    return {
      ...common,
      act: 'signal',
      target: processText(owner),
      what: signalText(processText(owner), options),
      stop: null,
    };
  return {
    ...common,
    act: supervisor.respawn.kind === 'container' ? 'stop-container' : 'stop-supervisor',
    target: supervisorText(supervisor),
    what: '', // explained once it is known whom else it runs
    stop: supervisor.stop,
  };
}

function outOfSight(holder: PortHolder, options: FreeOptions): Step {
  const target = processesText([]);
  return {
    act: 'signal',
    target,
    what: `${signalText(target, options)}; only the agent can tell which it is`,
    holders: [holder],
    process: null,
    named: [],
    needsAgent: true,
    stop: null,
  };
}

function stopContainer(holder: PortHolder, { runtime, id, name }: Publisher): Step {
  const stop = askProgram(runtime, 'stop', id);
  return {
    act: 'stop-container',
    target: `container ${quoted(name)}`,
    what: `${runtime} stops the container ${quoted(name)}, which publishes the port`,
    holders: [holder],
    process: null,
    named: [],
    needsAgent: false,
    stop,
  };
}

/** Whoever asks for it wants no process to end. */
function takeOver(holder: PortHolder, endings: readonly Ending[], observer: boolean): Fate {
  if (holder.kind !== 'listener') return `${holder.why}; only a listener can be taken over`;
  const obstacle = holder.sockets.find((socket) => socket.obstacle !== null)?.obstacle;
  if (obstacle) return `The listener cannot be taken over: ${obstacle}`;
  const owner = endings[0]?.owner ?? holder.owners[0] ?? null;
  const who = processesText(holder.owners);
  return [
    {
      act: 'take-over',
      target: `listener of ${who}`,
      what: `The listening socket of ${who} is destroyed: the process lives on, deaf, and most spin at 100 % CPU then`,
      holders: [holder],
      process: owner,
      named: [],
      needsAgent: observer,
      stop: null,
    },
  ];
}

function destroyStep(holders: readonly PortHolder[], conditional: boolean, { mode }: AgentInfo): Step {
  const target = leftoversText(holders);
  const when = conditional ? 'If the port is still busy after that, ' : '';
  const verb = holders.flatMap(abortable).length === 1 ? 'is' : 'are';
  return {
    act: 'destroy',
    target,
    what: `${when}${target} ${verb} aborted: other ends see ECONNRESET, and no process is ended`,
    holders,
    process: null,
    named: [],
    needsAgent: mode === 'observer',
    ifStillBusy: conditional,
    stop: null,
  };
}

/** A process, supervisor or container that has several holders is ended once. */
function merged(steps: readonly Step[]): Step[] {
  const byTarget = new Map<string, Step>();
  for (const step of steps) {
    const key = `${step.act} ${step.target}`;
    const known = byTarget.get(key);
    byTarget.set(key, known ? together(known, step) : step);
  }
  return [...byTarget.values()];
}

function together(one: Step, other: Step): Step {
  const named = eachOnce([...one.named, ...other.named]);
  return { ...one, named, holders: [...one.holders, ...other.holders] };
}

/** Each that a supervisor would start again is named, because it gets a signal where the supervisor leaves it behind. */
function explained(steps: readonly Step[], options: FreeOptions): Step[] {
  return steps.map((step) => {
    const { stop, target, named, holders } = step;
    if (!stop || named.length === 0) return step;
    return { ...step, what: stopText(stop, target, named, heirsOf(steps, holders), options) };
  });
}
