/** Plans how to free a port: the mildest act for each holder, and what is left alone. Pure. */

import { processesText, processText, quoted } from '../../common/process-text';
import { t } from '../../common/translate';
import { type AgentInfo, isWildcard, type PortHolder, type PortParams, type Socket } from '../../protocol';
import {
  type Ending,
  type HolderDetail,
  hasToEnd,
  isInTheWay,
  type PortDetail,
  processesOf,
} from './explain-port';
import { askProgram } from './find-supervisor';
import { freeCommand } from './free-command';
import { eachOnce, inheritedTexts, inheritorSteps, inheritorsOf } from './free-inheritors';
import type { Plan, Step } from './free-step';
import {
  leftoversText,
  oneAddressText,
  refusedText,
  releaseText,
  sessionsText,
  signalText,
  stopText,
  supervisorText,
  unknownOwnersText,
  unstoppableText,
} from './free-text';
import type { FreeOptions } from './free-types';
import { unjudged, type Verdict, type Verdicts } from './free-verdict';
import { notes } from './headline';
import { processNotes } from './process-notes';
import type { Publisher } from './published';

/** Steps for one holder, or why there are none: one sentence, or a step that may not be done. */
type HolderPlan = readonly Step[] | string | RefusedStep;

interface RefusedStep {
  readonly refused: Step;
}

interface Setting {
  readonly options: FreeOptions;
  readonly info: AgentInfo;
}

export function planFree(
  detail: PortDetail,
  verdicts: Verdicts,
  options: FreeOptions,
  info: AgentInfo,
): Plan {
  const { answer, holders } = detail;
  const setting = { options, info };
  const bound = holders.filter(({ holder }) => isInTheWay(holder) && hasToEnd(holder));
  const plans = bound.map((detail) => planHolder(detail, verdicts.get(detail) ?? unjudged, setting));
  const kept = plans.filter(isLeftAlone);
  const servers = merged(plans.flatMap((plan) => (isLeftAlone(plan) ? [] : plan)));
  const inheriting = options.includeInheritors ? inheritorSteps(servers, bound, options) : [];
  const ending = explained([...servers, ...inheriting], options);
  const leftovers = leftoversOf(holders);
  // While something stays bound, aborting connections would free nothing.
  const staysBound = kept.length > 0;
  const aborting =
    staysBound || leftovers.length === 0 ? [] : [destroyStep(leftovers, ending.length > 0, info)];
  const others = holders.filter((detail) => !bound.includes(detail) && !leftovers.includes(detail.holder));
  return {
    answer,
    notes: [...notes(answer), ...processNotes(detail)],
    steps: [...ending, ...aborting],
    leftAlone: [
      ...kept.map((plan) =>
        typeof plan === 'string'
          ? plan
          : refusedText(plan.refused, plan.refused.verdict.refusal?.message ?? ''),
      ),
      ...(staysBound ? leftovers : []).map((holder) => holder.why),
      ...others.map(({ holder }) => holder.why),
      ...inheritedTexts(ending),
    ],
    refused: explained(
      kept.flatMap((plan) => (typeof plan === 'string' ? [] : [plan.refused])),
      options,
    ),
    processes: processesOf(detail),
    inheritors: inheritorsOf(ending),
  };
}

function isLeftAlone(plan: HolderPlan): plan is string | RefusedStep {
  return !Array.isArray(plan);
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

function planHolder(detail: HolderDetail, verdict: Verdict, { options, info }: Setting): HolderPlan {
  const plan = planEnd(detail, { options, info });
  if (isLeftAlone(plan) || options.takeOver) return plan;
  const steps = plan.map((step) => ({ ...step, verdict }));
  const [first] = steps;
  if (!verdict.refusal || !first) return steps;
  const byProgram = steps.find(({ stop }) => stop?.by === 'program');
  // An agent may signal what this user may not; programs are run as this user, with or without one.
  if (info.mode === 'observer' && verdict.refusal.outcome === 'denied' && !byProgram)
    return steps.map((step) => ({ ...step, needsAgent: true }));
  return { refused: byProgram ?? first };
}

function planEnd({ holder, endings, publisher }: HolderDetail, setting: Setting): HolderPlan {
  const { options } = setting;
  const observer = setting.info.mode === 'observer';
  const leftAlone = holder.why;
  if (holder.sockets.some(({ lifeline, kernel }) => lifeline || kernel)) return leftAlone;
  const wildcard = onlyWildcard(holder, options);
  if (wildcard !== null) return oneAddressText(holder, freeCommand({ ...options, addresses: [wildcard] }));
  if (options.takeOver) return takeOver(holder, endings, observer);
  if (publisher) return [stopContainer(holder, publisher)];
  if (holder.kind === 'published') return leftAlone;
  const unknown = Math.max(0, ...holder.sockets.map(({ ownersLeftOut }) => ownersLeftOut));
  if (unknown > 0) return unknownOwnersText(holder.owners, unknown);
  const unstoppable = endings.find(({ supervisor }) => supervisor && !supervisor.stop);
  if (unstoppable?.supervisor) return unstoppableText(unstoppable.owner, unstoppable.supervisor);
  const hosting = options.includeSessions ? [] : endings.filter(({ sessions }) => sessions);
  if (hosting.length > 0) return releaseSteps(holder, endings);
  if (holder.owners.length === 0) return observer ? [hiddenOwnerStep(holder, options)] : leftAlone;
  if (holder.remedy === 'none' && endings.every(({ sessions }) => !sessions)) return leftAlone;
  return endings.map((ending) => endStep(holder, ending, options));
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

function endStep(holder: PortHolder, { owner, supervisor }: Ending, options: FreeOptions): Step {
  const common = { holders: [holder], process: owner, named: [owner], verdict: unjudged, needsAgent: false };
  if (!supervisor?.stop)
    return {
      ...common,
      act: 'signal',
      target: processText(owner),
      what: signalText([owner], options),
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
    what: signalText([], options),
    holders: [holder],
    process: null,
    named: [],
    verdict: unjudged,
    needsAgent: true,
    stop: null,
  };
}

function stopContainer(holder: PortHolder, { runtime, id, name }: Publisher): Step {
  const stop = askProgram(runtime, 'stop', id);
  return {
    act: 'stop-container',
    target: t('container {0} of {1}', quoted(name), runtime),
    what: t('{0} stops the container {1}, which publishes the port', runtime, quoted(name)),
    holders: [holder],
    process: null,
    named: [],
    verdict: unjudged,
    needsAgent: false,
    stop,
  };
}

/** Processes that carry sessions close the port alone, or are left alone. */
function releaseSteps(holder: PortHolder, endings: readonly Ending[]): HolderPlan {
  const releasing = endings.map(({ owner, sessions }) => ({ owner, sessions, release: sessions?.release }));
  const [first] = releasing;
  if (!first || !releasing.every(({ release }) => release)) return sessionsText(holder.why);
  return releasing.flatMap(({ owner, sessions, release }) =>
    sessions && release
      ? [
          {
            act: 'release',
            target: processText(owner),
            what: releaseText(release, owner, sessions.text),
            holders: [holder],
            process: null,
            named: [],
            needsAgent: false,
            stop: { by: 'program', command: release, rootOnly: false },
            verdict: unjudged,
          },
        ]
      : [],
  );
}

/** With --take-over no process is to end. */
function takeOver(holder: PortHolder, endings: readonly Ending[], observer: boolean): HolderPlan {
  if (holder.kind !== 'listener') return t('{0}; only a listener can be taken over', holder.why);
  const unsupportedReason = holder.sockets.find(
    (socket) => socket.unsupportedReason !== null,
  )?.unsupportedReason;
  if (unsupportedReason) return t('The listener cannot be taken over: {0}', unsupportedReason);
  const named = holder.sockets.every(({ ownersLeftOut }) => ownersLeftOut === 0);
  const owner = named ? (endings[0]?.owner ?? holder.owners[0] ?? null) : null;
  const who = processesText(holder.owners);
  return [
    {
      act: 'take-over',
      target: t('listener of {0}', who),
      what: t(
        'The listening socket of {0} is destroyed: the process lives on, deaf, and most spin at 100 % CPU then',
        who,
      ),
      holders: [holder],
      process: owner,
      named: [],
      verdict: unjudged,
      needsAgent: observer,
      stop: null,
    },
  ];
}

function destroyStep(holders: readonly PortHolder[], conditional: boolean, { mode }: AgentInfo): Step {
  const target = leftoversText(holders);
  const aborts =
    holders.flatMap(abortableSockets).length === 1
      ? t('{0} is aborted: other ends see ECONNRESET, and no process is ended', target)
      : t('{0} are aborted: other ends see ECONNRESET, and no process is ended', target);
  return {
    act: 'destroy',
    target,
    what: conditional ? t('If the port is still busy after that, {0}', aborts) : aborts,
    holders,
    process: null,
    named: [],
    verdict: unjudged,
    needsAgent: mode === 'observer',
    ifStillBusy: conditional,
    stop: null,
  };
}

/** Names are given twice, such as by two container runtimes; the command that stops one by its id or unit is not. */
function identityOf({ act, target, stop }: Step): string {
  return stop?.by === 'program' ? `${act} ${stop.command.join(' ')}` : `${act} ${target}`;
}

/** One step for each process, supervisor or container, also where it has several holders. */
function merged(steps: readonly Step[]): Step[] {
  const byTarget = new Map<string, Step>();
  for (const step of steps) {
    const key = identityOf(step);
    const earlier = byTarget.get(key);
    byTarget.set(key, earlier ? together(earlier, step) : step);
  }
  return [...byTarget.values()];
}

function together(one: Step, other: Step): Step {
  return {
    ...one,
    holders: [...one.holders, ...other.holders],
    named: eachOnce([...one.named, ...other.named]),
    verdict: {
      processes: eachOnce([...one.verdict.processes, ...other.verdict.processes]),
      refusal: one.verdict.refusal ?? other.verdict.refusal,
    },
    needsAgent: one.needsAgent || other.needsAgent,
  };
}

/** Names every process of a supervisor, because those that it leaves running get a signal. */
function explained(steps: readonly Step[], options: FreeOptions): Step[] {
  return steps.map((step) => {
    const { stop, target, named, holders } = step;
    if (!stop || named.length === 0) return step;
    return { ...step, what: stopText(stop, target, named, inheritorsOf(steps, holders), options) };
  });
}
