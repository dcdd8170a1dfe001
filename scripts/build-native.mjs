/**
 * Builds dist/sockscope.node: fetches and verifies the pinned sources of zlib, libelf and libbpf, then lets make build
 * them (once), the BPF objects and the addon. Everything in between lies in build/.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchArchive } from './lib/archives.mjs';
import { build, root } from './lib/paths.mjs';

/** The Debian and Ubuntu packages that this build needs. */
export const nativePackages = [
  'bzip2', // unpacks elfutils
  'ca-certificates', // curl
  'clang', // compiles BPF
  'curl', // fetches the sources
  'g++',
  'gzip',
  'libc6-dev',
  'linux-libc-dev', // the kernel's own headers
  'llvm', // llvm-strip
  'm4', // elfutils' configure
  'make',
  'pkg-config', // elfutils' configure
  'tar',
];

const archives = join(build, 'vendor');

function make(...options) {
  const quiet = process.env.V === '1' ? [] : ['--silent'];
  execFileSync('make', [...quiet, '--no-print-directory', `-j${availableParallelism()}`, ...options], {
    cwd: root,
    stdio: 'inherit',
  });
}

/** The libraries that are linked into the addon: rows of fetchArchive. */
export const vendored = JSON.parse(readFileSync(join(root, 'scripts', 'vendor.lock.json'), 'utf8'));

/** Path of the source archive of such a row. */
export const archiveOf = (row) => fetchArchive(row, archives);

/** `variables`: of the makefiles, `NAME=value`; without them, for this machine into dist/. */
export function buildNative(variables = []) {
  const sources = vendored.map((row) => `${row.name.toUpperCase()}_ARCHIVE=${archiveOf(row)}`);
  make('-C', 'native', '-f', 'vendor.mk', ...sources, ...variables);
  make('-C', 'bpf', ...variables);
  make('-C', 'native', ...variables);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    buildNative();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
