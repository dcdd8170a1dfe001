/** The status of an agent, over a connection that is closed after the answer. */

import { connectAnyAgent } from '../../agent/client/connect';
import { servedUid } from '../../agent/client/served-uid';
import { skewOf } from '../../agent/client/version-skew';
import { type AgentStatus, agentStatus, listOutages } from '../../agent/protocol';

export interface StatusAnswer {
  readonly status: AgentStatus;
  /** It holds remotes down. */
  readonly hasOutages: boolean;
}

export async function readStatus(): Promise<StatusAnswer | undefined> {
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
