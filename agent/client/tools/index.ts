/** All tools, in the order in which they are shown. */

import { destroyConnection } from './destroy-connection';
import { drillReconnect } from './drill-reconnect';
import { explainPort } from './explain-port';
import { freePort } from './free-port';
import { listSockets } from './list-sockets';
import type { Tool } from './tool';

/** Each is run with an input that its own schema has read. */
export const tools = [
  listSockets,
  explainPort,
  freePort,
  destroyConnection,
  drillReconnect,
] as readonly Tool[];
