/** Plans and destroys any number of sockets, in as many requests as that takes. */

import {
  type DestroyedSocket,
  type DestroyOptions,
  type DestroyParams,
  destroySockets,
  limits,
  type PlannedSocket,
  planDestroy,
  type Target,
  targetOf,
  unpackResults,
} from '../protocol';
import type { Requester } from './requester';

/** The agent reads and plans one while its broker carries out the other. */
const maxAtOnce = 2;

/** In one request. Errors: those of destroySockets. */
export async function destroyTargets(client: Requester, params: DestroyParams): Promise<DestroyedSocket[]> {
  return unpackResults(params.targets, await client.request(destroySockets, params));
}

/** One result for each target, in order. After a request that failed no other is sent. Errors: those of destroySockets. */
export async function destroyAll(
  client: Requester,
  targets: readonly Target[],
  options: DestroyOptions,
): Promise<DestroyedSocket[]> {
  const answers: Promise<DestroyedSocket[]>[] = [];
  for (const batch of batchesOf(targets)) {
    await answers[answers.length - maxAtOnce];
    const answer = destroyTargets(client, { targets: batch, ...options });
    answer.catch(() => {}); // it is awaited later
    answers.push(answer);
  }
  return (await Promise.all(answers)).flat();
}

/** One plan for each target, in order. Errors: those of planDestroy. */
export async function planAll(
  client: Requester,
  all: readonly Target[],
  options: DestroyOptions,
): Promise<PlannedSocket[]> {
  const planned: PlannedSocket[] = [];
  for (const targets of batchesOf(all))
    planned.push(...(await client.request(planDestroy, { targets, ...options })).plan);
  return planned;
}

export function isTried({ act }: Pick<PlannedSocket, 'act'>): boolean {
  return act === 'destroy' || act === 'reset';
}

/** What becomes of those that nothing is tried on. */
export function leftAlone(plan: readonly PlannedSocket[]): DestroyedSocket[] {
  return plan.flatMap(({ act, listener: _, ...planned }) =>
    act === 'destroy' || act === 'reset' ? [] : [{ ...planned, outcome: act, engine: null, errno: null }],
  );
}

/** As many as one request takes. */
function* batchesOf(targets: readonly Target[]): Generator<Target[], void, void> {
  for (let start = 0; start < targets.length; start += limits.targets)
    yield targets.slice(start, start + limits.targets).map(targetOf);
}
