/** Aborting what is left of a server's connections; no process is touched. */

import { count } from '../../common/process-text';
import {
  type DestroyedSocket,
  destroySockets,
  limits,
  type PortHolder,
  processKey,
  type Socket,
  targetOf,
} from '../../protocol';
import { isHere } from './explain-port';
import { abortable, isLeftover, type Plan, type Step } from './free-plan';
import type { Scene } from './free-session';
import { leftoversText } from './free-text';
import type { DoneStep, StepOutcome } from './free-types';

/** Does nothing where the plan does not name any, or none is left. */
export async function abortLeftovers(scene: Scene, plan: Plan): Promise<void> {
  const step = plan.steps.find(({ act }) => act === 'destroy');
  if (!step) return;
  if (!(await scene.askForAgent(plan.answer.netns))) {
    scene.done.push(needsAgent(step));
    return;
  }
  const { answer } = await scene.look();
  const holders = answer.holders.filter(
    (holder) => isHere(holder, answer.netns) && isLeftover(holder) && isPlanned(holder, plan),
  );
  const sockets = holders.flatMap(abortable);
  if (sockets.length === 0) return;
  scene.done.push(toStep(leftoversText(holders), await destroyAll(scene, sockets)));
}

export function needsAgent({ act, target }: Step): DoneStep {
  const doing = act === 'destroy' ? 'abort' : act === 'take-over' ? 'take over the' : 'tell and signal';
  return { act, target, outcome: 'needs-agent', message: `Only the agent can ${doing} ${target}` };
}

/** What nobody owns, and what is owned by whom the plan named: another one's connections are not what was agreed to. */
function isPlanned({ owners }: PortHolder, plan: Plan): boolean {
  const named = new Set(
    plan.steps.flatMap(({ holders }) => holders.flatMap(({ owners }) => owners.map(processKey))),
  );
  return owners.every((owner) => named.has(processKey(owner)));
}

async function destroyAll(scene: Scene, sockets: readonly Socket[]): Promise<DestroyedSocket[]> {
  const results: DestroyedSocket[] = [];
  for (let start = 0; start < sockets.length; start += limits.targets) {
    const targets = sockets.slice(start, start + limits.targets).map(targetOf);
    results.push(...(await scene.requester.request(destroySockets, { targets })).results);
  }
  return results;
}

/** The first that went wrong tells for all. */
function toStep(target: string, results: readonly DestroyedSocket[]): DoneStep {
  const wrong = results.find(({ outcome }) => outcome !== 'destroyed' && outcome !== 'gone');
  if (wrong) return { act: 'destroy', target, outcome: wrong.outcome, message: wrong.message };
  const destroyed = results.filter(({ outcome }) => outcome === 'destroyed').length;
  const outcome: StepOutcome = destroyed > 0 ? 'destroyed' : 'gone';
  const gone = results.length - destroyed;
  const message = `${count(destroyed, 'socket')} destroyed${gone > 0 ? `, ${gone} gone before` : ''}`;
  return { act: 'destroy', target, outcome, message };
}
