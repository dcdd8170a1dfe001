/** The files that this agent was started from, and who can change them. */

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { addonPath } from '../common/addon-path';
import { changeableByOthers } from '../common/root-only';
import type { ProgramFiles } from '../protocol';

/** Call it as root: to the agent's own uid, the user's home may be closed. */
export function programFiles(): ProgramFiles {
  const agent = join(__dirname, 'agent.js');
  // This file is of the bundle that the program has loaded.
  const [runtime = '', program = '', ...others] = [
    process.execPath,
    agent,
    __filename,
    addonPath(__dirname),
  ].map((path) => realpathSync(path));
  const changeable = [runtime, program, ...others].flatMap(changeableByOthers);
  return { program, runtime, changeable: [...new Set(changeable)] };
}
