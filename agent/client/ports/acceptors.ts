/** Which of several programs that share a listening socket can be its server. */

import { readdir, readFile } from 'node:fs/promises';
import type { Owner } from '../../protocol';
import { heldUp } from './held-up';
import { isSeenHere } from './seen-here';

/** Functions of the kernel in which a thread waits for what a server waits for. */
const serverWaits = /accept|poll|select|io_cqring|io_uring/;

/**
 * True where it is certain that it waits for something else, such as the end of a child or a time: each of its threads sleeps in a
 * function of the kernel that no connection wakes. False where it runs, is stopped or frozen, or is another user's.
 */
export async function waitsForNoConnection(owner: Owner): Promise<boolean> {
  if (!(await isSeenHere(owner))) return false;
  const { pid } = owner;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const waits = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/wchan`, 'utf8').catch(() => '0')),
  );
  const isElsewhere = waits.every((wait) => wait !== '0' && wait !== '' && !serverWaits.test(wait));
  // While it is stopped, nobody knows what it waited for before.
  return waits.length > 0 && isElsewhere && (await heldUp(owner)) === null;
}
