/** The agent in this process, for one list. Its bundle lies beside this one. */

import { createRequire } from 'node:module';
import type { HoldShell, InProcess, ListAgent } from '../common/in-process';
import { programBeside } from './own-program';
import type { Requester } from './requester';

export interface OwnAgent extends Requester {
  close(): void;
}

/** Throws where a file of it is missing, or refuses to start. */
function load(): ListAgent {
  return createRequire(__filename)(programBeside('list-agent.js'));
}

/** Without privileges. As load. */
export async function observeInProcess(): Promise<OwnAgent> {
  return ownAgent(await load().observe());
}

/**
 * For root, with a broker. What root started is no longer root afterwards, and starts no programs: `prepare` starts what may be needed,
 * while the broker loads. `listsAll`: the list is of all sockets. As load.
 */
export async function directInProcess(
  listsAll: boolean,
  prepare: (holdShell: HoldShell) => void,
): Promise<OwnAgent> {
  const agent = load();
  const forked = agent.direct(listsAll);
  prepare(agent.holdShell);
  return ownAgent(await forked.open());
}

function ownAgent(agent: InProcess): OwnAgent {
  return {
    info: agent.info,
    request: <P, R>({ method }: { readonly method: string }, params: P) =>
      agent.request(method, params) as Promise<R>,
    close: () => agent.close(),
  };
}
