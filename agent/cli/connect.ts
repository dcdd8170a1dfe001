/** Which program answers a verb: the user's agent; else, for root, a broker of its own; else the observer. */

import { type Client, connectAgent, startOwn } from '../client/connect';
import { ownUid, servedUid } from '../client/served-uid';
import { CommandError, Exit } from './exit';

/** Throws CommandError (denied) where an agent is there but cannot be used. */
export async function findAgent(): Promise<Client | null> {
  try {
    return await connectAgent(servedUid());
  } catch (error) {
    throw new CommandError(Exit.denied, error instanceof Error ? error.message : String(error));
  }
}

/** For verbs that look. */
export async function connectToSee(): Promise<Client> {
  return (await findAgent()) ?? startOwn(ownUid() === 0 ? 'direct' : 'observe');
}

/** For verbs that act. Throws CommandError (denied) without an agent. */
export async function connectToAct(): Promise<Client> {
  const agent = await findAgent();
  if (agent) return agent;
  if (ownUid() === 0) return startOwn('direct');
  throw new CommandError(Exit.denied, `No agent runs. Start it in another terminal: ${serveCommand()}`);
}

/** The whole command, since sudo's path need not have ours. */
export function serveCommand(): string {
  return `sudo ${process.execPath} ${process.argv[1]} agent serve`;
}
