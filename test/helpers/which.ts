/** Where programs lie. */

import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program of this name on PATH or in one of these folders. */
export function which(name: string, ...folders: string[]): string | undefined {
  const all = [...(process.env.PATH ?? '').split(delimiter), ...folders];
  return all.map((folder) => join(folder, name)).find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Of PostgreSQL, which Debian keeps off PATH in a folder for each version. */
export function whichPostgres(name: string): string | undefined {
  return which(name, ...versions('/usr/lib/postgresql'));
}

function versions(folder: string): string[] {
  try {
    return readdirSync(folder).map((version) => join(folder, version, 'bin'));
  } catch {
    return [];
  }
}
