/** Plans how to free a port: the mildest act for each holder, and what is left alone. Pure. */

import { processesText, processText, quoted } from '../../common/process-text';
import {
  type AgentInfo,
  isWildcard,
  type Owner,
  type PortHolder,
  type PortParams,
  type Socket,
} from '../../protocol';
import { type Ending, type HolderDetail, hasToEnd, isInTheWay, type PortDetail } from './explain-port';
import { askProgram, type StopWay } from './find-supervisor';
import { freeCommand } from './free-command';
import {
  inheritedText,
  leftoversText,
  oneAddressText,
  signalText,
  stopText,
  supervisorText,
  unknownOwnersText,
} from './free-text';
import type { FreeOptions, FreePlan, PlannedStep } from './free-types';
import type { Publisher } from './published';

/** A planned step with the means to do it. */
export interface Step extends PlannedStep {
  /** Null: nothing is stopped. */
  readonly stop: StopWay | null;
  /** Owners of its holders that `what` names: no other process may get a signal. */
  readonly named: readonly Owner[];
}

export interface Plan extends FreePlan {
  readonly steps: readonly Step[];
}

/** Steps for one holder, or one sentence why there are none. */
type HolderPlan = readonly Step[] | string;

interface Setting {
  readonly options: FreeOptions;
  readonly info: AgentInfo;
}

export function planFree({ answer, holders }: PortDetail, options: FreeOptions, info: AgentInfo): Plan {
  const setting = { options, info };
  const bound = holders.filter(({ holder }) => isInTheWay(holder) && hasToEnd(holder));
  const plans = bound.map((detail) => planHolder(detail, setting));
  const ending = explained(merged(plans.flatMap((plan) => (typeof plan === 'string' ? [] : plan))), options);
  const leftovers = leftoversOf(holders);
  // While something stays bound, aborting connections would free nothing.
  const staysBound = plans.some((plan) => typeof plan === 'string');
  const aborting =
    staysBound || leftovers.length === 0 ? [] : [destroyStep(leftovers, ending.length > 0, info)];
  const others = holders.filter((detail) => !bound.includes(detail) && !leftovers.includes(detail.holder));
  return {
    answer,
    steps: [...ending, ...aborting],
    leftAlone: [
      ...plans.filter((plan) => typeof plan === 'string'),
      ...(staysBound ? leftovers : []).map((holder) => holder.why),
      ...others.map(({ holder }) => holder.why),
      ...inheritedTexts(ending),
    ],
  };
}

/** Sentences about inheritors; not of a supervisor's holders, since its step already names them. */
function inheritedTexts(steps: readonly Step[]): string[] {
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

export function eachOnce(owners: readonly Owner[]): Owner[] {
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
}

/** Holders that may be aborted: connections of a present or former server of the port, and sockets without a process. */
function leftoversOf(holders: readonly HolderDetail[]): PortHolder[] {
  return holders
    .map(({ holder }) => holder)
    .filter((holder) => isInTheWay(holder) && isLeftover(holder) && abortableSockets(holder).length > 0);
}

export function isLeftover({ kind, remedy }: PortHolder): boolean {
  return remedy === 'destroy' && (kind === 'connection' || kind === 'time-wait' || kind === 'orphan');
}

export function abortableSockets({ sockets }: PortHolder): Socket[] {
  return sockets.filter(
    ({ lifeline, kernel, unsupportedReason }) => !lifeline && !kernel && unsupportedReason === null,
  );
}

function planHolder({ holder, endings, publisher }: HolderDetail, setting: Setting): HolderPlan {
  const observer = setting.info.mode === 'observer';
  const leftAlone = holder.why;
  if (holder.sockets.some(({ lifeline, kernel }) => lifeline || kernel)) return leftAlone;
  const wildcard = onlyWildcard(holder, setting.options);
  if (wildcard !== null)
    return oneAddressText(holder, freeCommand({ ...setting.options, addresses: [wildcard] }));
  if (setting.options.takeOver) return takeOver(holder, endings, observer);
  if (publisher) return [stopContainer(holder, publisher)];
  if (holder.kind === 'published') return leftAlone;
  const unknown = Math.max(0, ...holder.sockets.map(({ ownersLeftOut }) => ownersLeftOut));
  if (unknown > 0) return unknownOwnersText(holder.owners, unknown);
  const unstoppable = endings.find(({ supervisor }) => supervisor && !supervisor.stop);
  if (unstoppable?.supervisor)
    return `${processText(unstoppable.owner)} is left alone: ${supervisorText(unstoppable.supervisor)} runs it together with others; stop it there`;
  if (holder.owners.length === 0) return observer ? [hiddenOwnerStep(holder, setting.options)] : leftAlone;
  if (holder.remedy === 'none') return leftAlone;
  return endings.map((ending) => endStep(holder, ending, setting));
}

/**
 * Of a holder at an address of its own that only binds to a wildcard meet: that wildcard. A port alone does not name it: most
 * servers are in its way as little as it is in theirs. Null: it is to end.
 */
export function onlyWildcard(
  { blocks }: PortHolder,
  { addresses = [] }: Pick<PortParams, 'addresses'>,
): string | null {
  const [first] = blocks;
  return addresses.length === 0 && first !== undefined && blocks.every(isWildcard) ? first : null;
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
    what: '', // explained() writes it, when the inheritors are known
    stop: supervisor.stop,
  };
}

function hiddenOwnerStep(holder: PortHolder, options: FreeOptions): Step {
  const target = processesText([]);
  return {
    act: 'signal',
    target,
    what: `${signalText(target, options)}; only the agent can identify it`,
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

/** With --take-over no process is to end. */
function takeOver(holder: PortHolder, endings: readonly Ending[], observer: boolean): HolderPlan {
  if (holder.kind !== 'listener') return `${holder.why}; only a listener can be taken over`;
  const unsupportedReason = holder.sockets.find(
    (socket) => socket.unsupportedReason !== null,
  )?.unsupportedReason;
  if (unsupportedReason) return `The listener cannot be taken over: ${unsupportedReason}`;
  const named = holder.sockets.every(({ ownersLeftOut }) => ownersLeftOut === 0);
  const owner = named ? (endings[0]?.owner ?? holder.owners[0] ?? null) : null;
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
  const verb = holders.flatMap(abortableSockets).length === 1 ? 'is' : 'are';
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

/** One step for each process, supervisor or container, also where it has several holders. */
function merged(steps: readonly Step[]): Step[] {
  const byTarget = new Map<string, Step>();
  for (const step of steps) {
    const key = `${step.act} ${step.target}`;
    const earlier = byTarget.get(key);
    byTarget.set(key, earlier ? together(earlier, step) : step);
  }
  return [...byTarget.values()];
}

function together(one: Step, other: Step): Step {
  const named = eachOnce([...one.named, ...other.named]);
  return { ...one, named, holders: [...one.holders, ...other.holders] };
}

/** Names every process of a supervisor, because those that it leaves running get a signal. */
function explained(steps: readonly Step[], options: FreeOptions): Step[] {
  return steps.map((step) => {
    const { stop, target, named, holders } = step;
    if (!stop || named.length === 0) return step;
    return { ...step, what: stopText(stop, target, named, inheritorsOf(steps, holders), options) };
  });
}
