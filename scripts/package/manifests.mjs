/** The package.json of each package: of that of this checkout, what its readers need. */

const ofNoPackage = [
  ...['bin', 'dependencies', 'devDependencies', 'exports', 'man', 'peerDependencies', 'peerDependenciesMeta'],
  ...['private', 'scripts'],
];

export function extensionManifest(manifest) {
  const kept = Object.entries(manifest).filter(([key]) => !ofNoPackage.includes(key));
  return { ...Object.fromEntries(kept), engines: { vscode: manifest.engines.vscode } };
}

/** Its commands and views activate it, and nothing else. It has nothing for language models, nor steps that do not work there. */
export function universalManifest(manifest) {
  const {
    languageModelTools: _,
    mcpServerDefinitionProviders: __,
    walkthroughs: ___,
    ...contributes
  } = manifest.contributes;
  return { ...extensionManifest(manifest), contributes, activationEvents: [], main: './dist/unsupported.js' };
}

export function npmManifest(manifest) {
  const { name, version, description, license, keywords, homepage, repository, bugs, bin, exports, man } =
    manifest;
  const { peerDependencies, peerDependenciesMeta } = manifest;
  return {
    ...{ name, version, description, license, keywords, homepage, repository, bugs, bin, exports, man },
    ...{ peerDependencies, peerDependenciesMeta },
    engines: { node: manifest.engines.node },
    os: ['linux'],
    cpu: ['x64', 'arm64'],
    libc: ['glibc'],
    publishConfig: { access: 'public', provenance: true },
  };
}
