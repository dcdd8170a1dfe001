/** Aborts what is left of a server's connections; no process is touched. */

import { t } from '../../common/translate';
import { type DestroyedSocket, type PortHolder, processKey } from '../../protocol';
import { destroyAll } from '../destroy-all';
import { isInTheWay } from './explain-port';
import { abortableSockets, isLeftover } from './free-plan';
import type { FreeSession } from './free-session';
import type { Plan, Step } from './free-step';
import { leftoversText } from './free-text';
import type { DoneStep, StepOutcome } from './free-types';

/** Does nothing where the plan names no leftovers, or none exist any more. */
export async function abortLeftovers(session: FreeSession, plan: Plan): Promise<void> {
  const step = plan.steps.find(({ act }) => act === 'destroy');
  if (!step) return;
  if (!(await session.askForAgent(plan.answer.netns))) {
    session.done.push(needsAgent(step));
    return;
  }
  const aborted: DestroyedSocket[] = [];
  let target = step.target;
  // An answer names so many sockets; the next one names further ones.
  for (let more = true; more; ) {
    const holders = await plannedLeftovers(session, plan);
    const results = await destroyAll(session.requester, holders.flatMap(abortableSockets), {});
    if (aborted.length === 0) target = leftoversText(holders);
    aborted.push(...results);
    const isCut = holders.some(({ socketsLeftOut }) => socketsLeftOut > 0);
    more = isCut && results.some(({ outcome }) => outcome === 'destroyed');
  }
  if (aborted.length > 0) session.done.push(toStep(target, aborted));
}

async function plannedLeftovers(session: FreeSession, plan: Plan): Promise<readonly PortHolder[]> {
  const { answer } = await session.inspect();
  return answer.holders.filter(
    (holder) => isInTheWay(holder) && isLeftover(holder) && isPlanned(holder, plan),
  );
}

export function needsAgent({ act, target }: Step): DoneStep {
  const message =
    act === 'destroy'
      ? t('Only the agent can abort {0}', target)
      : act === 'take-over'
        ? t('Only the agent can take over the {0}', target)
        : t('Only the agent can identify and signal {0}', target);
  return { act, target, outcome: 'needs-agent', message };
}

/** Without an owner, or with owners that the plan names: the user has agreed to no others. */
function isPlanned({ owners }: PortHolder, plan: Plan): boolean {
  const named = new Set(
    plan.steps.flatMap(({ holders }) => holders.flatMap(({ owners }) => owners.map(processKey))),
  );
  return owners.every((owner) => named.has(processKey(owner)));
}

/** Reports the first failure, if there is one. */
function toStep(target: string, results: readonly DestroyedSocket[]): DoneStep {
  const failure = results.find(({ outcome }) => outcome !== 'destroyed' && outcome !== 'gone');
  if (failure) return { act: 'destroy', target, outcome: failure.outcome, message: failure.message };
  const destroyed = results.filter(({ outcome }) => outcome === 'destroyed').length;
  const outcome: StepOutcome = destroyed > 0 ? 'destroyed' : 'gone';
  const gone = results.length - destroyed;
  const text = destroyed === 1 ? t('1 socket destroyed') : t('{0} sockets destroyed', String(destroyed));
  const message = gone > 0 ? t('{0}, {1} gone before', text, String(gone)) : text;
  return { act: 'destroy', target, outcome, message };
}
