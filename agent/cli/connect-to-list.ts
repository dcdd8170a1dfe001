/** Chooses what answers a list: the user's agent; else the agent within this process, with a broker for root. */

import { existsSync } from 'node:fs';
import { holdRuntimes } from '../client/container-names';
import type { HeldPrograms } from '../client/held-programs';
import { directInProcess, observeInProcess } from '../client/in-process';
import type { Requester } from '../client/requester';
import { servedUid } from '../client/served-uid';
import { agentSocketPath } from '../common/agent-socket';
import { closeInherited } from '../common/inherited-descriptors';
import { Containers } from './containers';
import { noteLack, seesAsRoot } from './own-agent';

export interface ListSource {
  readonly client: Requester;
  readonly containers: Containers;
  close(): void;
}

/** `listsAll`: the list is of all sockets. Throws CommandError (denied) where an agent is there but cannot be used; errors of client/in-process. */
export async function connectToList(listsAll: boolean): Promise<ListSource> {
  // Without a turn of the event loop in between, in which the output would be set up before the broker is forked.
  const found = existsSync(agentSocketPath(servedUid())) ? await findAgent() : null;
  return found ?? (seesAsRoot() ? asRoot(listsAll) : asUser());
}

/** The code of a connection is loaded only where there may be an agent. */
async function findAgent(): Promise<ListSource | null> {
  const client = await (await import('./connect')).findAgent();
  return client && { client, containers: new Containers(client), close: () => client.close() };
}

async function asUser(): Promise<ListSource> {
  noteLack();
  const client = await observeInProcess();
  return { client, containers: new Containers(client), close: () => client.close() };
}

/** Whether names of containers are needed, the list shows, and then this process starts no programs any more. */
async function asRoot(listsAll: boolean): Promise<ListSource> {
  closeInherited();
  let runtimes: HeldPrograms | undefined;
  try {
    const client = await directInProcess(listsAll, (holdShell) => {
      runtimes = holdRuntimes(holdShell);
    });
    return {
      client,
      containers: new Containers(client, async () => runtimes?.run() ?? ''),
      close() {
        client.close();
        runtimes?.release();
      },
    };
  } catch (error) {
    runtimes?.release();
    throw error;
  }
}
