/** The files that this agent was started from, and who can change them. */

import { realpathSync } from 'node:fs';
import { addonPath } from '../common/addon-path';
import { changeableByOthers } from '../common/root-only';
import type { ProgramFiles } from '../protocol';

/** Call it as root: to the agent's own uid, the user's home may be closed. */
export function programFiles(): ProgramFiles {
  const [runtime = '', program = '', addon = ''] = [process.execPath, __filename, addonPath(__dirname)].map(
    (path) => realpathSync(path),
  );
  const changeable = [runtime, program, addon].flatMap(changeableByOthers);
  return { program, runtime, changeable: [...new Set(changeable)] };
}
