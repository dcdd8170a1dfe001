/** The whole answer about a port: what holds it, in words, and what to run next. */

import type { PortParams } from '../../protocol';
import type { Requester } from '../requester';
import { inspectPort, processesOf } from './explain-port';
import type { Explanation, FreePrompts } from './free-types';
import { headline, notes } from './headline';
import { nextSteps } from './next-steps';
import { processNotes } from './process-notes';

/** Of `sockscope free` without options. */
const usualFreeing = { signal: 'TERM', graceMs: 3000, takeOver: false } as const;

/** Errors: as for ports/explain. */
export async function explainAsUser(
  requester: Requester,
  params: PortParams,
  supervisorOf: FreePrompts['supervisorOf'] = () => null,
): Promise<Explanation> {
  const detail = await inspectPort(requester, params, supervisorOf);
  const { answer } = detail;
  const next = await nextSteps(requester, detail, { ...params, ...usualFreeing });
  return {
    ...answer,
    summary: headline(answer),
    notes: [...notes(answer), ...processNotes(detail)],
    processes: processesOf(detail),
    next: [...next, ...detail.held.flatMap(({ heldUp }) => heldUp.next)],
  };
}
