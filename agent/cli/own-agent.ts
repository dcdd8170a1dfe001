/** The agent program that a verb starts for itself where no agent runs. */

import { existsSync } from 'node:fs';
import { endAhead, type OwnMode, startAhead } from '../client/own-program';
import { ownUid, servedUid } from '../client/served-uid';
import { agentSocketPath } from '../common/agent-socket';

/** Whether the verb watches connects or changes, or holds something down. */
export type Use = 'once' | 'watching';

export const directFor = { once: 'direct-without-watching', watching: 'direct' } as const;

/** For verbs that only read. */
export function modeToSee(use: Use): OwnMode {
  return ownUid() === 0 ? directFor[use] : 'observe';
}

/** Runs what will connect as connectToSee does. Meanwhile, the program is started: loading either takes tens of milliseconds. */
export async function startedAhead<T>(use: Use, run: () => Promise<T>): Promise<T> {
  if (!existsSync(agentSocketPath(servedUid()))) startAhead(modeToSee(use));
  try {
    return await run();
  } finally {
    endAhead();
  }
}
