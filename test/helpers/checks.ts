/** What the doctor of an agent finds. */

import type { Client } from '../../agent/client/connect';
import { agentDoctor, type Check } from '../../agent/protocol';
import { until } from './programs';

/** Once all network namespaces are read: other tests make some, for which there is no time on a busy machine. */
export function checksOf(client: Client): Promise<readonly Check[]> {
  return until('all network namespaces are read', async () => {
    const { checks } = await client.request(agentDoctor, {});
    return checks.find(({ name }) => name === 'namespaces')?.ok ? checks : null;
  });
}
