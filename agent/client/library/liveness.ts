/** Whether connections would notice that their peer is dead. */

import { listAll } from '../list-all';
import { hasPeer, type ReadLiveness, readLiveness } from '../liveness/read-liveness';
import type { AgentConnection } from './agent-connection';

export async function liveness(connection: AgentConnection, filter: string): Promise<ReadLiveness> {
  await connection.prepare(filter);
  return readLiveness(connection, (await listAll(connection, filter)).sockets.filter(hasPeer));
}
