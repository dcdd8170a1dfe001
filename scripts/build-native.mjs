/**
 * Builds dist/sockscope.node: fetches and verifies the pinned sources of libelf and libbpf, then lets make build them
 * (once), the BPF objects and the addon. Everything in between lies in build/.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  'zlib1g-dev', // libz.a
];

const root = fileURLToPath(new URL('..', import.meta.url));
const vendorFolder = join(root, 'build', 'vendor');

function sha256(file) {
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
    const output = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' });
    return [...new Set(output.split('\n').filter((line) => /^https?:/.test(line)))];
  } catch {
    return [];
  }
}

function download(url, file) {
  try {
    execFileSync('curl', ['-fsSL', '--retry', '2', '--connect-timeout', '10', '-o', file, url], {
      stdio: 'ignore',
    });
  } catch {
    return 'could not be fetched';
  }
  return undefined;
}

/** Path of one source archive, fetched if it is not there yet; one with another hash is never unpacked. */
function fetchArchive({ name, version, sha256: wanted, origin, pool }) {
  const archive = join(vendorFolder, basename(pool));
  if (sha256(archive) === wanted) return archive;
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
  throw new Error(
    `${name} ${version} could not be fetched and verified (${problems.join('; ')}).\n` +
      `Check the network, or put the file with SHA-256 ${wanted} at ${archive}.`,
  );
}

function make(...options) {
  const quiet = process.env.V === '1' ? [] : ['--silent'];
  execFileSync('make', [...quiet, '--no-print-directory', `-j${availableParallelism()}`, ...options], {
    cwd: root,
    stdio: 'inherit',
  });
}

export function buildNative() {
  mkdirSync(vendorFolder, { recursive: true });
  const sources = JSON.parse(readFileSync(join(root, 'scripts', 'vendor.lock.json'), 'utf8'));
  const archives = sources.map((source) => `${source.name.toUpperCase()}_ARCHIVE=${fetchArchive(source)}`);
  make('-C', 'native', '-f', 'vendor.mk', ...archives);
  make('-C', 'bpf');
  make('-C', 'native');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    buildNative();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
