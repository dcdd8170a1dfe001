/** Whether /proc of this program shows the process that an agent names: it may run in another PID namespace. */

import { readFile } from 'node:fs/promises';
import type { ProcessId } from '../../protocol';

/** By its start time, as the pid may be another's here. Never rejects. */
export async function isSeenHere({ pid, startTime }: ProcessId): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, field 2, may hold any text; the start time is field 22.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === startTime;
}
