/** Fields of /proc/PID/stat, as this program sees it. */

import { readFile } from 'node:fs/promises';

interface StatFields {
  /** `S`, `T`, `D`. */
  readonly state: string;
  readonly parent: number;
  /** Clock ticks since boot. */
  readonly startTime: string;
}

/** Null: it has ended, is hidden from this user, or runs in another PID namespace. Never rejects. */
export async function readStat(pid: number): Promise<StatFields | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, field 2, may hold any text. The state is field 3, the parent 4, the start time 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent] = fields;
  const startTime = fields[19];
  return startTime === undefined ? null : { state, parent: Number(parent), startTime };
}
