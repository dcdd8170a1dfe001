/** Fetches pinned files: rows of a lock file, `{ name, version, sha256, pool, origin }`. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure, output } from './run.mjs';

export function sha256(file) {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return undefined;
  }
}

/** The mirrors that apt is set up with, best first; none where there is no apt. */
function mirrors() {
  try {
    const format = ['--format', '$(REPO_URI)', 'Created-By: Packages'];
    const lines = output('apt-get', ['indextargets', ...format]).split('\n');
    return [...new Set(lines.filter((line) => /^https?:/.test(line)))];
  } catch {
    return [];
  }
}

function download(url, file) {
  try {
    output('curl', ['-fsSL', '--retry', '2', '--connect-timeout', '10', '-o', file, url]);
  } catch {
    return 'could not be fetched';
  }
  return undefined;
}

/** Path of the file in `folder`, fetched if it is not there yet; one with another hash is never used. */
export function fetchArchive({ name, version, sha256: wanted, origin, pool }, folder) {
  const archive = join(folder, basename(pool));
  if (sha256(archive) === wanted) return archive;
  mkdirSync(folder, { recursive: true });
  console.log(`  FETCH    ${name} ${version}`);
  const partial = `${archive}.part`;
  const problems = [];
  for (const url of [...mirrors().map((mirror) => `${mirror.replace(/\/?$/, '/')}${pool}`), origin]) {
    const problem =
      download(url, partial) ?? (sha256(partial) === wanted ? undefined : 'is not the pinned file');
    if (!problem) {
      renameSync(partial, archive);
      return archive;
    }
    problems.push(`${new URL(url).host}: ${problem}`);
    rmSync(partial, { force: true });
  }
  throw new Failure(
    `${name} ${version} could not be fetched and verified (${problems.join('; ')}).\n` +
      `Check the network, or put the file with SHA-256 ${wanted} at ${archive}.`,
  );
}
