/**
 * Asks whether the processes that freeing a port would end may be signalled: the scope comes before any supervisor, whose names a
 * process chooses for itself. Without an agent that is what the kernel allows this user.
 */

import { t } from '../../common/translate';
import { type ProcessId, planSignal, processIdOf } from '../../protocol';
import { askOfEach } from '../ask-of-each';
import type { Requester } from '../requester';
import type { Ending, HolderDetail } from './explain-port';
import type { StepOutcome } from './free-types';
import { mainProcessOf } from './published';

/** Why something is not to be ended. */
export interface Refusal {
  readonly outcome: Extract<StepOutcome, 'gone' | 'protected' | 'denied' | 'failed'>;
  /** One sentence for people. */
  readonly message: string;
}

export interface Verdict {
  /** Processes that would end with the holder, as far as they are known. */
  readonly processes: readonly ProcessId[];
  /** Null: each of them may be signalled, or has ended by now. */
  readonly refusal: Refusal | null;
}

/** Of what ends no process, or none that is known. */
export const unjudged: Verdict = { processes: [], refusal: null };

export type Verdicts = ReadonlyMap<HolderDetail, Verdict>;

export async function judgeHolders(
  requester: Requester,
  holders: readonly HolderDetail[],
): Promise<Verdicts> {
  const verdicts = new Map<HolderDetail, Verdict>();
  for (const detail of holders) verdicts.set(detail, await judgeHolder(requester, detail));
  return verdicts;
}

/** The first reason against ending one of them; null: none. */
export async function refusalOf(
  requester: Requester,
  processes: readonly ProcessId[],
): Promise<Refusal | null> {
  const plans = await askOfEach(processes, (process) => requester.request(planSignal, processIdOf(process)));
  for (const { act, message } of plans) if (act !== 'signal') return { outcome: act, message };
  return null;
}

async function judgeHolder(requester: Requester, detail: HolderDetail): Promise<Verdict> {
  const { holder, endings, publisher } = detail;
  if (!publisher) return judge(requester, endings.flatMap(endedBy));
  const main = await mainProcessOf(requester, publisher);
  if (main) return judge(requester, [...holder.owners, main]);
  const message = t('{0} names no process of it that can be identified here', publisher.runtime);
  return { processes: [], refusal: { outcome: 'failed', message } };
}

async function judge(requester: Requester, processes: readonly ProcessId[]): Promise<Verdict> {
  const refusal = await refusalOf(requester, processes);
  return { processes, refusal: refusal?.outcome === 'gone' ? null : refusal };
}

/** The process, what its supervisor calls its own, and the supervisor where that ends too. */
function endedBy({ owner, supervisor }: Ending): ProcessId[] {
  const also = [supervisor?.runs, supervisor?.stop?.by === 'signal' ? supervisor.stop.process : null];
  return [owner, ...also.filter((process) => process != null)];
}
