/** The only file that loads the addon. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Native from '../../native/index';
import { AddonError } from '../common/addon-error';
import { addonPath } from '../common/addon-path';
import { installAgain } from '../common/incomplete';
import { problemOfFile, problemOfLoading } from './addon-problem';

export type {
  BrokerHandle,
  JsonRows,
  RowTexts,
  SocketJoin,
  SocketPage,
  StructLayout,
} from '../../native/index';

/** Throws AddonError. */
function load(): typeof Native {
  const path = addonPath(__dirname);
  if (!existsSync(path))
    throw new AddonError(`The native part of Sockscope is missing: ${path}. ${installAgain}`);
  const problem = problemOfFile(path);
  if (problem) throw problem;
  try {
    return createRequire(__filename)(path);
  } catch (error) {
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw problemOfLoading(path, said);
  }
}

const addon = load();

export const {
  checkSignal,
  constants,
  dumpOwners,
  dumpSockets,
  forkBroker,
  holdShell,
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
