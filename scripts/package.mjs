/**
 * Packages what is released into build/packages: all of it, or what is named.
 *   node scripts/package.mjs [linux-x64] [linux-arm64] [universal] [npm]
 *   node scripts/package.mjs alpine-x64    on Alpine Linux, and untested
 *   node scripts/package.mjs here          build/sockscope.vsix, for this machine, with the addon of `npm run build`
 */

import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll, buildPrograms } from './build.mjs';
import { sha256 } from './lib/archives.mjs';
import { build, dist, manifest, vsix } from './lib/paths.mjs';
import { Failure, main, step } from './lib/run.mjs';
import { buildAddon } from './package/addon.mjs';
import { packageNpm } from './package/npm.mjs';
import { muslTarget, targets } from './package/targets.mjs';
import { packageUniversal, packageVsix } from './package/vsix.mjs';
import { setup } from './setup.mjs';

const folder = join(build, 'packages');
const { name, version } = manifest;

const released = [...Object.keys(targets), 'universal', 'npm'];

function fileOf(kind) {
  if (kind === 'npm') return join(folder, `${name}-${version}.tgz`);
  return join(folder, kind === 'universal' ? `${name}-${version}.vsix` : `${name}-${kind}-${version}.vsix`);
}

const ownAddon = join(dist, 'sockscope.node');

/** Builds first, so that the package has the current sources. */
export async function packageExtension() {
  await buildAll();
  await step('Package the extension', () => packageVsix(`linux-${process.arch}`, ownAddon, vsix));
}

/** Resolves with the addons by target, each built once. */
async function buildAddons(kinds) {
  const wanted = kinds.includes('npm') ? Object.keys(targets) : kinds.filter((kind) => kind in targets);
  if (wanted.length > 0) await setup('release');
  const addons = {};
  for (const target of wanted) addons[target] = await buildAddon(target);
  return addons;
}

function packageKind(kind, addons) {
  if (kind === 'npm') return packageNpm(addons, fileOf(kind));
  if (kind === 'universal') return packageUniversal(fileOf(kind));
  return packageVsix(kind, kind === muslTarget ? ownAddon : addons[kind], fileOf(kind));
}

/** As sha256sum writes and checks them. */
function writeSums() {
  const files = readdirSync(folder).sort();
  const lines = files.map((file) => `${sha256(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
  for (const [index, file] of files.entries())
    console.log(`${lines[index].trim()}, ${Math.ceil(statSync(join(folder, file)).size / 1024)} KB`);
}

async function packageReleased(kinds) {
  const unknown = kinds.find((kind) => ![...released, muslTarget].includes(kind));
  if (unknown) throw new Failure(`"${unknown}" is none of ${released.join(', ')}, ${muslTarget}, here.`, 2);
  await (kinds.includes(muslTarget) ? buildAll() : buildPrograms());
  const addons = await buildAddons(kinds);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const kind of kinds) await step(`Package ${kind}`, () => packageKind(kind, addons));
  copyFileSync(join(dist, 'sbom.cdx.json'), join(folder, `${name}-${version}.cdx.json`));
  writeSums();
}

export const packageAll = () => packageReleased(released);

async function packageNamed(kinds) {
  if (kinds.length === 0) await packageAll();
  else if (kinds.join() === 'here') await packageExtension();
  else await packageReleased(kinds);
}

await main(import.meta.url, packageNamed);
