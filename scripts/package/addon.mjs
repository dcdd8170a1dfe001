/** Builds the addon of a release, for any of the targets, beside that of this checkout. */

import { join } from 'node:path';
import { buildNative } from '../build-native.mjs';
import { build } from '../lib/paths.mjs';
import { Failure, output, step } from '../lib/run.mjs';
import { missingSymbols, neededSymbols, newestVersions } from './symbols.mjs';
import { sysroot } from './sysroot.mjs';
import { targets } from './targets.mjs';

/**
 * Debian 11's, and no folder of this system but that of the compiler's own headers. This compiler takes a swap in that library's
 * std::function for a use of what is not set.
 */
function compilerFlags(folder, { triple, flags }) {
  const gcc = join(folder, 'usr', 'lib', 'gcc', triple, '10');
  const own = output(`${triple}-gcc`, ['-print-file-name=include']).trim();
  const headers = [
    join(folder, 'usr', 'include', 'c++', '10'),
    join(folder, 'usr', 'include', triple, 'c++', '10'),
    own,
    join(folder, 'usr', 'include', triple),
    join(folder, 'usr', 'include'),
  ];
  return [
    `--sysroot=${folder}`,
    '-nostdinc',
    ...headers.flatMap((header) => ['-isystem', header]),
    `-B${gcc}/`,
    `-B${join(folder, 'usr', 'lib', triple)}/`,
    `-L${join(folder, 'lib', triple)}`,
    '-Wno-uninitialized',
    ...flags,
  ];
}

/** Throws a Failure where an addon would not load on the oldest systems. Prints what it asks for. */
function checkAddon(file, { machine }) {
  const header = output('readelf', ['--file-header', file]);
  if (!header.includes(machine)) throw new Failure(`${file} is not for ${machine}.`);
  const symbols = neededSymbols(output('readelf', ['--wide', '--dyn-syms', file]));
  const missing = missingSymbols(symbols);
  if (missing.length > 0)
    throw new Failure(`${file} needs what older systems or Node.js do not have: ${missing.join(', ')}`);
  const versions = Object.entries(newestVersions(symbols)).map((pair) => pair.join('_'));
  console.log(`    for ${machine}, with at least ${versions.join(', ')}`);
}

/** Resolves with its path. */
export async function buildAddon(name) {
  const target = targets[name];
  const folder = join(build, 'release', name);
  const addon = join(folder, 'sockscope.node');
  const flags = compilerFlags(await sysroot(target.architecture), target).join(' ');
  const { triple } = target;
  const variables = {
    CC: `${triple}-gcc ${flags}`,
    CXX: `${triple}-g++ ${flags}`,
    AR: `${triple}-ar`,
    STRIP: `${triple}-strip`,
    HOST: triple,
    VENDOR: join(folder, 'vendor'),
    BPF: join(folder, 'bpf'),
    OUT: join(folder, 'native'),
    ADDON: addon,
  };
  await step(`Build the addon for ${name}`, () =>
    buildNative(Object.entries(variables).map(([variable, value]) => `${variable}=${value}`)),
  );
  checkAddon(addon, target);
  return addon;
}
