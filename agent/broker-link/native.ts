/** The only file that loads the addon. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Native from '../../native/index';

export type { BrokerHandle, NativeError, PeerCredentials, StructLayout } from '../../native/index';

/** The addon lies beside the bundle that this file is part of. */
const addon = createRequire(__filename)(join(__dirname, 'sockscope.node')) as typeof Native;

export const {
  constants,
  dumpOwners,
  dumpSockets,
  forkBroker,
  ignoreDebuggerSignal,
  layout,
  lockFile,
  peerCredentials,
  sealProcess,
  signalProcess,
  socketDetail,
  tryBinds,
} = addon;
