/** The code of others in dist/: linked into the addon, or bundled. Notices and the list of parts (SBOM) are written from it. */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOf, vendored } from '../build-native.mjs';
import { build, root } from './paths.mjs';
import { output } from './run.mjs';

/** By name in vendor.lock.json: its licence, and the files with the texts of it in the sources. */
const linked = {
  zlib: { license: 'Zlib', texts: ['LICENSE'] },
  elfutils: { license: 'LGPL-3.0-or-later', texts: ['COPYING-LGPLV3', 'COPYING'] },
  libbpf: { license: 'BSD-2-Clause', texts: ['LICENSE.BSD-2-Clause'] },
};

/** Compiled into the addon, so no bundler sees them. */
const headers = ['node-addon-api', 'node-api-headers'];

const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

/** Of a file in the sources; unpacked once. */
function textOf(row, file) {
  const folder = join(build, 'vendor', 'texts', row.sha256);
  if (!existsSync(join(folder, file))) {
    mkdirSync(folder, { recursive: true });
    const options = ['--strip-components=1', '--wildcards', '--no-wildcards-match-slash'];
    output('tar', ['-xf', archiveOf(row), '-C', folder, ...options, `*/${file}`]);
  }
  return readFileSync(join(folder, file), 'utf8');
}

function linkedParts() {
  return vendored.map((row) => {
    const { name, version, origin, sha256 } = row;
    return {
      name,
      version,
      license: linked[name].license,
      texts: linked[name].texts.map((file) => textOf(row, file)),
      source: origin,
      hash: { alg: 'SHA-256', content: sha256 },
      purl: `pkg:generic/${name}@${version}?download_url=${encodeURIComponent(origin)}`,
    };
  });
}

function npmParts(names) {
  const { packages } = readJson('package-lock.json');
  return names.map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = readJson('node_modules', name, 'package.json');
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const [algorithm, hash] = packages[`node_modules/${name}`].integrity.split(/-(.*)/);
    return {
      name,
      version,
      license,
      texts: file ? [readFileSync(join(folder, file), 'utf8')] : [],
      hash: {
        alg: algorithm.replace('sha', 'SHA-'),
        content: Buffer.from(hash, 'base64').toString('hex'),
      },
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    };
  });
}

/** The npm packages among the files that a bundler read. */
function packagesOf(inputs) {
  const names = inputs.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names)].filter((name) => name && existsSync(join(root, 'node_modules', name)));
}

/** `inputs`: the files that the bundler read. */
export function partsOf(inputs) {
  return [...linkedParts(), ...npmParts([...packagesOf(inputs), ...headers].sort())];
}
