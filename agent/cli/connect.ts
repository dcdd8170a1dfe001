/** Chooses the program that answers a verb: the user's agent; else, for root, a broker of its own; else the observer. */

import { type Client, connectAnyAgent, startOwn } from '../client/connect';
import { servedUid } from '../client/served-uid';
import { startAdvice } from '../client/start-problem';
import { skewOf } from '../client/version-skew';
import type { AgentInfo } from '../protocol';
import { CommandError, Exit } from './exit';
import { actsAsRoot, directFor, modeToSee, noteLack, type Use } from './own-agent';

/** Throws CommandError (denied) where an agent is there but cannot be used. */
export async function findAgent(): Promise<Client | null> {
  const client = await findAnyAgent();
  const skew = client && skewText(client.info);
  if (!skew) return client;
  client.close();
  throw new CommandError(Exit.denied, skew);
}

/** To see or to stop, whatever its protocol number. Throws CommandError (denied) where it cannot be trusted. */
export async function findAnyAgent(): Promise<Client | null> {
  const uid = servedUid();
  try {
    return await connectAnyAgent(uid);
  } catch (error) {
    throw new CommandError(Exit.denied, error instanceof Error ? error.message : String(error));
  }
}

/** For verbs that only read. */
export async function connectToSee(use: Use): Promise<Client> {
  const agent = await findAgent();
  if (agent) return agent;
  const mode = modeToSee(use);
  if (mode === 'observe') noteLack();
  return startOwn(mode);
}

/** For verbs that act. Throws CommandError (denied) without an agent. */
export async function connectToAct(use: Use): Promise<Client> {
  const client = await findAgentToAct(use);
  if (client) return client;
  throw noAgent();
}

export function noAgent(): CommandError {
  return new CommandError(Exit.denied, `No agent runs. ${startAdvice()}`);
}

/** For verbs that do, or at least judge, without an agent what they can. */
export async function connectToTry(): Promise<Client> {
  return (await findAgentToAct('once')) ?? startOwn('observe');
}

/** Root is not held to a user's agent with scope `mine`, where it can act without. Null: for all others, no agent runs. */
async function findAgentToAct(use: Use): Promise<Client | null> {
  const agent = await findAgent();
  if (!actsAsRoot() || agent?.info.scope === 'all') return agent;
  agent?.close();
  return startOwn(directFor[use]);
}

/** The agent's other protocol number, with the one command that puts it right; null: it has ours. */
export function skewText(info: AgentInfo): string | null {
  const skew = skewOf(info);
  if (!skew) return null;
  const same = [
    ...(info.scope === 'all' ? ['--scope', 'all'] : []),
    ...(info.readOnly ? ['--read-only'] : []),
  ];
  return `${skew}. In another terminal: ${['sudo sockscope agent restart', ...same].join(' ')}`;
}
