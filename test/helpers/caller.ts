/** For tests that hold a broker's control socket: a client that an agent would name. */

import type { Caller } from '../../agent/broker-link/claim-records';
import { destroySockets } from '../../agent/protocol';

export const caller: Caller = { method: destroySockets.method, client: { uid: 4711, pid: process.pid } };
