/** What goes into the packages, as far as it is decided before they are made. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { absoluteLinks } from '../../../scripts/package/links.mjs';
import { extensionManifest, npmManifest, universalManifest } from '../../../scripts/package/manifests.mjs';

const ours = JSON.parse(readFileSync('package.json', 'utf8'));
const { homepage, version, repository, bugs } = ours;

describe('the manifests of packages', () => {
  it('have nothing that only this checkout needs', () => {
    for (const manifest of [extensionManifest(ours), universalManifest(ours), npmManifest(ours)])
      for (const key of ['private', 'scripts', 'dependencies', 'devDependencies'])
        assert.ok(!(key in manifest), key);
  });

  it('say where the npm package can be installed, and that it is public', () => {
    const { os, cpu, libc, publishConfig } = npmManifest(ours);
    assert.deepEqual([os, cpu, libc], [['linux'], ['x64', 'arm64'], ['glibc']]);
    assert.deepEqual(publishConfig, { access: 'public', provenance: true });
  });

  it('start what explains where Sockscope works only when it is asked for', () => {
    assert.equal(universalManifest(ours).main, './dist/unsupported.js');
    assert.deepEqual(universalManifest(ours).activationEvents, []);
    const { contributes } = universalManifest(ours);
    for (const key of ['languageModelTools', 'mcpServerDefinitionProviders'])
      assert.ok(key in ours.contributes && !(key in contributes), key);
  });

  it('name one address', () => {
    assert.equal(repository.url, `git+${homepage}.git`);
    assert.equal(bugs, `${homepage}/issues`);
  });
});

describe('links in packages', () => {
  const at = (kind: string, path: string) => `${homepage}/${kind}/v${version}/${path}`;

  it('lead to the files of that version', () => {
    assert.equal(absoluteLinks('[a](test/examples) b', ours), `[a](${at('blob', 'test/examples')}) b`);
    assert.equal(absoluteLinks('![a](.github/a.png)', ours), `![a](${at('raw', '.github/a.png')})`);
  });

  it('to other addresses and to places in the same text stay', () => {
    for (const link of ['[a](https://example.org/a)', '[a](#security)', '[a](mailto:a@example.org)'])
      assert.equal(absoluteLinks(link, ours), link);
  });

  it('take the place of SVG images, which the Marketplace does not show', () =>
    assert.equal(absoluteLinks('![a](.github/a.svg)', ours), `[a](${at('blob', '.github/a.svg')})`));

  it('are absolute in all documents', () => {
    for (const file of ['README.md', 'CHANGELOG.md'])
      for (const [, target = ''] of absoluteLinks(readFileSync(file, 'utf8'), ours).matchAll(
        /\]\(([^)]*)\)/g,
      ))
        assert.match(target, /^(https:|#)/);
  });
});

describe('the workflows', () => {
  const folder = join('.github', 'workflows');
  const files = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);

  it('use actions of others by their full hash, with the version beside it', () => {
    for (const [file, text] of files)
      for (const [line] of text.matchAll(/^.*\buses: (?!\.\/).*$/gm))
        assert.match(line, /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
  });

  it('have no rights but those that a job is given', () => {
    for (const [file, text] of files) assert.match(text, /^permissions: (\{\}|read-all)$/m, file);
  });

  it('never put what others choose into a shell', () => {
    for (const [file, text] of files)
      for (const [line] of text.matchAll(/^\s*(- )?run: .*$/gm)) assert.doesNotMatch(line, /\$\{\{/, file);
  });
});
