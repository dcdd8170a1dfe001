/** Writes dist/THIRD-PARTY-NOTICES.md: the licences of all code that is linked or bundled into dist/. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, dist, root } from './lib/paths.mjs';

/** Linked into the addon; versions of the first two are in vendor.lock.json, zlib is the system's. */
const linked = {
  elfutils: { license: 'LGPL-3.0-or-later OR GPL-2.0-or-later', text: 'elfutils/COPYING-LGPLV3' },
  libbpf: { license: 'LGPL-2.1 OR BSD-2-Clause', text: 'libbpf/LICENSE.BSD-2-Clause' },
};

const addonApi = 'node-addon-api'; // headers only, so no bundler sees it

function section(name, version, license, text) {
  return `## ${name} ${version}\n\nLicence: ${license}\n\n\`\`\`\`text\n${text.trim()}\n\`\`\`\`\n`;
}

function vendoredSections() {
  const lock = JSON.parse(readFileSync(join(root, 'scripts', 'vendor.lock.json'), 'utf8'));
  return lock.map(({ name, version, origin }) => {
    const { license, text } = linked[name];
    return section(
      name,
      version,
      `${license}, source: ${origin}`,
      readFileSync(join(build, 'vendor', text), 'utf8'),
    );
  });
}

function zlibSection() {
  const header = readFileSync('/usr/include/zlib.h', 'utf8');
  const [, version] = /#define ZLIB_VERSION "([^"]+)"/.exec(header);
  return section('zlib', version, 'Zlib', header.slice(0, header.indexOf('*/') + 2));
}

function npmSection(name) {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return section(
    name,
    version,
    license,
    file ? readFileSync(join(folder, file), 'utf8') : 'No text in the package.',
  );
}

/** The npm packages among the files that a bundler read. */
function packagesOf(inputs) {
  const names = inputs.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names)].filter((name) => name && existsSync(join(root, 'node_modules', name)));
}

export function writeNotices(inputs) {
  const names = [...packagesOf(inputs), addonApi].sort();
  const sections = [...vendoredSections(), zlibSection(), ...names.map(npmSection)];
  const head = '# Third-party notices\n\nSockscope is under the MIT licence. It contains:\n';
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.md'), [head, ...sections].join('\n'));
}
