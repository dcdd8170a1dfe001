/** Asks an agent for its status over a connection that is closed after the answer, where nothing else needs one. */

import { findAgentSocket } from '../../agent/client/endpoint';
import { servedUid } from '../../agent/client/served-uid';
import { skewOf } from '../../agent/client/version-skew';
import { type AgentStatus, agentStatus, listOutages } from '../../agent/protocol';

interface Answer {
  readonly status: AgentStatus;
  /** It holds remotes down. */
  readonly hasOutages: boolean;
}

/** Undefined where no agent runs. Rejects where one is not used: AgentLink says why. */
export async function askStatus(): Promise<Answer | undefined> {
  if (findAgentSocket(servedUid()).kind === 'absent') return undefined;
  const { connectAnyAgent } = await import('../../agent/client/connect'); // late: with all of vscode-jsonrpc
  const client = await connectAnyAgent(servedUid());
  if (!client) return undefined;
  try {
    if (skewOf(client.info) !== null) throw new Error('another protocol number');
    const [status, { outages }] = [
      await client.request(agentStatus, {}),
      await client.request(listOutages, {}),
    ];
    return { status, hasOutages: outages.length > 0 };
  } finally {
    client.close();
  }
}
