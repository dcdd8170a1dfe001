/** The packages that `npm run package` has made. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));

export { version };

export const folder = resolve('build', 'packages');

export const tarball = join(folder, `${name}-${version}.tgz`);

/** `target`: none for the package of all other systems. */
export const vsixOf = (target?: string) =>
  join(folder, target ? `${name}-${target}-${version}.vsix` : `${name}-${version}.vsix`);

/** A folder for one test file. */
export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sockscope-package-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Unpacks a .vsix, or a .tgz without its first folder. */
export function unpack(archive: string, to: string): void {
  mkdirSync(to, { recursive: true });
  if (archive.endsWith('.tgz')) execFileSync('tar', ['-xf', archive, '-C', to, '--strip-components=1']);
  else execFileSync('python3', ['-m', 'zipfile', '-e', archive, to]);
}

/** Paths of all files in a folder. */
export function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .sort();
}

/** A folder for PATH with these programs alone: no compiler is found. */
export function pathOf(to: string, programs: readonly string[]): string {
  mkdirSync(to);
  for (const program of programs) {
    const found = (process.env.PATH ?? '')
      .split(':')
      .map((each) => join(each, program))
      .find((file) => existsSync(file));
    if (!found) throw new Error(`There is no ${program} on PATH.`);
    symlinkSync(found, join(to, program));
  }
  return to;
}

/** Debian 11, whose libraries the addons are linked against. */
export function sysrootOf(architecture: string): string {
  const release = resolve('build', 'release');
  const found = readdirSync(release).find((each) => each.startsWith(`sysroot-${architecture}-`));
  if (!found) throw new Error(`${release} has no system for ${architecture}.`);
  return join(release, found);
}
