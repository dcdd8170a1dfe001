/** What keeps sudo from starting an agent here, so that nobody types a password in vain. */

import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lackText, mountAdvice, rootPowers } from '../common/capabilities';
import { missingProc } from '../common/missing-proc';
import { ownUid } from './served-uid';

/** `barred`: by no_new_privs, whatever the password. `contained`: root itself may not do what an agent does. */
export type StartProblem = 'barred' | 'contained' | 'missing';

/** Undefined: it may work. Root needs no sudo. */
export function startProblem(): StartProblem | undefined {
  const isRoot = ownUid() === 0;
  if (!isRoot && missingProc() === null && bars(readFileSync('/proc/self/status', 'utf8'))) return 'barred';
  if (!rootPowers().acts) return 'contained';
  return isRoot || programPath('sudo') !== undefined ? undefined : 'missing';
}

/** `status` is /proc/self/status. */
export function bars(status: string): boolean {
  return /^NoNewPrivs:\s*1$/m.test(status);
}

/** The absolute path of a program; undefined: PATH has none. */
export function programPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '/usr/bin:/bin').split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A sentence of cause and one of what to do, for a terminal. */
export function startProblemText(problem: StartProblem): string {
  switch (problem) {
    case 'barred':
      return 'This process may not gain privileges (no_new_privs), so sudo cannot work here. Start the agent from another terminal: sudo sockscope agent serve';
    case 'contained':
      return `No agent can start here: ${lackText(rootPowers())}. ${mountAdvice(ownUid())}`;
    case 'missing':
      return `sudo is not installed, or not on PATH. Install it, or start the agent as root: SUDO_UID=${ownUid()} sockscope agent serve`;
  }
}
