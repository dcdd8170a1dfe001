/** The agent program in this process, for one list. It lies beside this bundle. */

import { createRequire } from 'node:module';
import type { AgentProgram } from '../common/in-process';
import { agentProgram } from './own-program';
import type { Requester } from './requester';
import { ownUid } from './served-uid';

export interface OwnAgent extends Requester {
  close(): void;
}

/**
 * For root with a broker, else an observer. What root started is no longer root afterwards, and starts no programs. Throws where
 * the program or its addon is missing, or refuses to start.
 */
export async function openInProcess(): Promise<OwnAgent> {
  const program: AgentProgram = createRequire(__filename)(agentProgram());
  const agent = await (ownUid() === 0 ? program.directInProcess() : program.observeInProcess());
  return {
    info: agent.info,
    request: <P, R>({ method }: { readonly method: string }, params: P) =>
      agent.request(method, params) as Promise<R>,
    close: () => agent.close(),
  };
}
