/** The choice of a uid, and a gid of the same number, that nothing else on this machine has. */

import { dynamicIds } from '../common/user-namespace';
import { StartRefused } from './root-folder';

/** Gives a lock back. */
export type Release = () => void;

export interface IdFacts {
  /** Whether the user namespace has it, as uid and as gid. */
  isMapped(id: number): boolean;
  /** Null: another process holds it. */
  lock(id: number): Release | null;
  /** Ids that something has now. */
  inUse(): Promise<ReadonlySet<number>>;
}

/** Locks one; mostly the same for the same user, as it begins at a number that follows from his. Rejects with StartRefused. */
export async function chooseId(servedUid: number, { isMapped, lock, inUse }: IdFacts): Promise<number> {
  let taken: ReadonlySet<number> = new Set();
  let hasOne = false;
  for (const id of idsFrom(servedUid)) {
    if (id === servedUid || !isMapped(id)) continue;
    hasOne = true;
    const release = taken.has(id) ? null : lock(id);
    if (!release) continue;
    // With the lock held: whoever had it before may have left a process behind.
    taken = await inUse();
    if (!taken.has(id)) return id;
    release();
  }
  if (!hasOne) throw noneBecause('this user namespace has none of them', outside);
  throw noneBecause('all of them are taken', 'end the services and agents that hold them');
}

const outside = 'start it outside of the container, or map the ids 0 to 65535 into it';

function noneBecause(reason: string, advice: string): StartRefused {
  const { first, last } = dynamicIds;
  return new StartRefused(
    `The agent runs under a uid of its own between ${first} and ${last}, and ${reason}: ${advice}`,
  );
}

function* idsFrom(servedUid: number): Generator<number> {
  const { first, last } = dynamicIds;
  const count = last - first + 1;
  for (let at = 0; at < count; at++) yield first + ((servedUid + at) % count);
}
