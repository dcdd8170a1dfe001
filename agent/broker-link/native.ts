/** The only file that loads the addon. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Native from '../../native/index';
import { AddonError } from '../common/addon-error';

export type { BrokerHandle, SocketJoin, SocketPage, StructLayout } from '../../native/index';

/** The addon lies beside the bundle that this file is part of. Throws AddonError. */
function load(): typeof Native {
  const path = join(__dirname, 'sockscope.node');
  if (!existsSync(path))
    throw new AddonError(
      `The native part of Sockscope is missing: ${path}. Install Sockscope again, or build it with npm run build.`,
    );
  try {
    return createRequire(__filename)(path);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new AddonError(
      `The native part of Sockscope cannot be loaded on this ${process.platform} ${process.arch} machine: ${why}. ` +
        'Install the Sockscope that is made for it, or build it here with npm run build.',
    );
  }
}

const addon = load();

export const {
  checkSignal,
  constants,
  dumpOwners,
  dumpSockets,
  forkBroker,
  ignoreDebuggerSignal,
  isBound,
  joinRows,
  layout,
  lockFile,
  peerCredentials,
  restartWithoutIoUring,
  sealProcess,
  sessionCarriers,
  signalProcess,
  socketDetail,
  threadIds,
  tryBinds,
} = addon;
