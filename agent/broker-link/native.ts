/** The only file that loads the addon. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Native from '../../native/index';
import { AddonError } from '../common/addon-error';
import { addonPath } from '../common/addon-path';

export type { BrokerHandle, SocketJoin, SocketPage, StructLayout } from '../../native/index';

/** Throws AddonError. */
function load(): typeof Native {
  const path = addonPath(__dirname);
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
