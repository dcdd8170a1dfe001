/** Whether sudo can work in this extension host, so that nobody types a password in vain. */

import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Translate } from './text';

/** `barred`: by no_new_privs, whatever the password. */
export type SudoProblem = 'barred' | 'missing';

/** Undefined: it may work, or this is root, who needs none. */
export function sudoProblem(): SudoProblem | undefined {
  if (isRoot()) return undefined;
  if (bars(readFileSync('/proc/self/status', 'utf8'))) return 'barred';
  return programPath('sudo') === undefined ? 'missing' : undefined;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
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

/** A sentence for the view and for questions. */
export function sudoText(t: Translate, problem: SudoProblem): string {
  return problem === 'barred'
    ? t('sudo cannot start it from this editor (no_new_privs).')
    : t('sudo, which would start it, is not installed.');
}

/** What to do. */
export function sudoAdvice(t: Translate, problem: SudoProblem): string {
  return problem === 'barred'
    ? t(
        'sudo cannot work here: this editor was started with no_new_privs, as its Relaunch button and some sandboxes and containers do. Quit the editor and start it again from a menu or terminal, or run the command in a terminal outside.',
      )
    : t('sudo is not installed, or not on PATH. Install it, or run the command as root.');
}
