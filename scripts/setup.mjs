/**
 * Installs the npm packages, and the Debian packages for the given purposes (scripts/lib/packages.mjs) or for all.
 *   node scripts/setup.mjs [PURPOSE...]
 */

import { ensurePackages } from './lib/debian.mjs';
import { ensureNodeModules } from './lib/npm.mjs';
import { packages } from './lib/packages.mjs';
import { Failure, main } from './lib/run.mjs';

function checkPlatform() {
  if (process.platform !== 'linux') throw new Failure('Sockscope builds and runs on Linux only.');
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(`Node.js 20 or newer is needed; this is ${process.version}.`);
  }
}

export async function setup(...purposes) {
  checkPlatform();
  const unknown = purposes.find((purpose) => !(purpose in packages));
  if (unknown) throw new Failure(`"${unknown}" is none of ${Object.keys(packages).join(', ')}.`, 2);
  await ensureNodeModules();
  await ensurePackages(purposes.flatMap((purpose) => packages[purpose]));
}

await main(import.meta.url, (purposes) => setup(...(purposes.length ? purposes : Object.keys(packages))));
