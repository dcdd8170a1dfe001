/** Asks an agent for its status, where there may be one and nothing else needs a connection. */

import { findAgentSocket } from '../../agent/client/endpoint';
import { servedUid } from '../../agent/client/served-uid';
import { loadLanguageClient } from './load-language-client';
import type { StatusAnswer } from './read-status';

/** Undefined where no agent runs. Rejects where one is not used: AgentLink says why. */
export async function askStatus(): Promise<StatusAnswer | undefined> {
  if (findAgentSocket(servedUid()).kind === 'absent') return undefined;
  const { readStatus } = await loadLanguageClient();
  return readStatus();
}
