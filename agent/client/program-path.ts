/** Where a program is. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Its absolute path; undefined: it is neither on PATH nor in one of these folders. */
export function programPath(name: string, ...more: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '/usr/bin:/bin').split(delimiter), ...more];
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
