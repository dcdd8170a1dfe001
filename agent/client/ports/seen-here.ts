/** Whether /proc of this program shows the process that an agent names: it may run in another PID namespace. */

import type { ProcessId } from '../../protocol';
import { readStat } from './proc-stat';

/** By its start time, as the pid may be another's here. Never rejects. */
export async function isSeenHere({ pid, startTime }: ProcessId): Promise<boolean> {
  return (await readStat(pid))?.startTime === startTime;
}
