/**
 * Headers and libraries of Debian 11 (glibc 2.31, libstdc++ of GCC 10), pinned in sysroot.lock.json: what is linked against them
 * runs on older systems than the one that builds it.
 */

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { fetchArchive, sha256 } from '../lib/archives.mjs';
import { build } from '../lib/paths.mjs';
import { output, step } from '../lib/run.mjs';

const lockFile = new URL('sysroot.lock.json', import.meta.url);

/** Debian 11 leaves the mirrors one day; it stays here. */
const archive = 'https://snapshot.debian.org/archive/debian/20261101T000000Z';

/** A link to /lib/... would lead out of the folder. */
function keepLinksInside(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!lstatSync(path).isSymbolicLink() || !isAbsolute(readlinkSync(path))) continue;
    const inside = relative(dirname(path), join(folder, readlinkSync(path)));
    rmSync(path);
    symlinkSync(inside, path);
  }
}

function unpack(architecture, folder) {
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const row of JSON.parse(readFileSync(lockFile, 'utf8')).filter(
    (each) => each.architecture === architecture,
  )) {
    const file = fetchArchive(
      { ...row, origin: `${archive}/${row.pool}` },
      join(build, 'release', 'archives'),
    );
    output('dpkg-deb', ['-x', file, partial]);
  }
  keepLinksInside(partial);
  renameSync(partial, folder);
}

/** Resolves with its folder; unpacked once for each lock file. */
export async function sysroot(architecture) {
  const name = `sysroot-${architecture}-${sha256(lockFile).slice(0, 8)}`;
  const folder = join(build, 'release', name);
  if (!readdirSync(build, { recursive: false }).includes('release')) mkdirSync(join(build, 'release'));
  if (!readdirSync(join(build, 'release')).includes(name))
    await step(`Unpack Debian 11 for ${architecture}`, () => unpack(architecture, folder));
  return folder;
}
