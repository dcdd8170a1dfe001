/** The agent program that a verb starts for itself where no agent runs. */

import type { OwnMode } from '../client/own-program';
import { ownUid } from '../client/served-uid';

/** Whether the verb watches connects or changes, or holds something down. */
export type Use = 'once' | 'watching';

export const directFor = { once: 'direct-without-watching', watching: 'direct' } as const;

/** For verbs that only read. */
export function modeToSee(use: Use): OwnMode {
  return ownUid() === 0 ? directFor[use] : 'observe';
}
