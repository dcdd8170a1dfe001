/** The package.json of each package: of ours, what its readers need. */

import { manifest } from '../lib/paths.mjs';

const { bin, engines, exports, main, ...rest } = manifest;

const shared = ({ private: _, scripts, dependencies, devDependencies, ...kept }) => kept;

export const extensionManifest = { ...shared(rest), engines: { vscode: engines.vscode }, main };

/** Its commands and views activate it, and nothing else. */
export const universalManifest = {
  ...extensionManifest,
  activationEvents: [],
  main: './dist/unsupported.js',
};

export function npmManifest() {
  const { name, version, description, license, keywords, homepage, repository, bugs } = rest;
  return {
    ...{ name, version, description, license, keywords, homepage, repository, bugs },
    ...{ bin, exports, engines: { node: engines.node } },
    os: ['linux'],
    cpu: ['x64', 'arm64'],
    libc: ['glibc'],
    publishConfig: { access: 'public', provenance: true },
  };
}
