/** Every package has the files that it needs, those of its own machine, and no other. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { contents } from '../../scripts/package/contents.mjs';
import { filesIn, folder, makeFolder, tarball, unpack, version, vsixOf } from './packages';

let temporary: ReturnType<typeof makeFolder>;
before(() => {
  temporary = makeFolder();
});
after(() => temporary.remove());

function unpacked(archive: string, name: string): string {
  const to = join(temporary.path, name);
  unpack(archive, to);
  return to;
}

/** In a .vsix, without regard to case and with the name of the licence: vsce changes those of documents. */
function expectFiles(path: string, files: readonly string[]): void {
  const inside = filesIn(join(path, 'extension')).map((file) => file.toLowerCase());
  const expected = files.map((file) => (file === 'LICENSE' ? 'license.txt' : file.toLowerCase()));
  assert.deepEqual(inside.sort(), expected.sort());
}

const machineOf = (addon: string) =>
  /Machine: +(.*)/.exec(execFileSync('readelf', ['--file-header', addon], { encoding: 'utf8' }))?.[1];

const machines = { 'linux-x64': 'Advanced Micro Devices X86-64', 'linux-arm64': 'AArch64' };

/** The documents of a package have no link that leads nowhere. */
function expectLinks(readme: string): void {
  const targets = [...readFileSync(readme, 'utf8').matchAll(/\]\(([^)]*)\)/g)];
  assert.ok(targets.length > 5);
  for (const [, target = ''] of targets) assert.match(target, /^(https:|#)/);
}

for (const [target, machine] of Object.entries(machines))
  describe(`the extension for ${target}`, () => {
    let path: string;
    before(() => {
      path = unpacked(vsixOf(target), target);
    });

    it('has these files', () =>
      expectFiles(path, ['package.json', 'dist/sockscope.node', ...contents.extension]));

    it('says which machine it is for, and has the addon of that', () => {
      const manifest = readFileSync(join(path, 'extension.vsixmanifest'), 'utf8');
      assert.match(manifest, new RegExp(`TargetPlatform="${target}"`));
      assert.equal(machineOf(join(path, 'extension', 'dist', 'sockscope.node')), machine);
    });

    it('has links that lead out of it', () => {
      const readme = filesIn(join(path, 'extension')).find((file) => /^readme\.md$/i.test(file)) ?? '';
      expectLinks(join(path, 'extension', readme));
    });
  });

describe('the extension for all other systems', () => {
  it('has no agent, command line or addon, and is for every machine', () => {
    const path = unpacked(vsixOf(), 'universal');
    expectFiles(path, ['package.json', ...contents.universal]);
    assert.doesNotMatch(readFileSync(join(path, 'extension.vsixmanifest'), 'utf8'), /TargetPlatform/);
  });
});

describe('the npm package', () => {
  it('has the addons of both machines, and these files', () => {
    const path = unpacked(tarball, 'npm');
    const addons = Object.keys(machines).map((target) => `dist/${target}/sockscope.node`);
    assert.deepEqual(filesIn(path), ['package.json', ...addons, ...contents.npm].sort());
    for (const [target, machine] of Object.entries(machines))
      assert.equal(machineOf(join(path, 'dist', target, 'sockscope.node')), machine);
    expectLinks(join(path, 'README.md'));
  });
});

describe('the folder of packages', () => {
  it('has the SHA-256 of each file in it', () => {
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder });
    const named = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').match(/sockscope-\S+/g);
    assert.deepEqual(
      named,
      readdirSync(folder)
        .filter((file) => file !== 'SHA256SUMS')
        .sort(),
    );
  });

  it('has a list of the parts of others, with the hash and the licence of each', () => {
    const bom = JSON.parse(readFileSync(join(folder, `sockscope-${version}.cdx.json`), 'utf8'));
    const names: string[] = bom.components.map(({ name }: { name: string }) => name);
    for (const part of ['libbpf', 'elfutils', 'zlib', 'valibot', 'vscode-jsonrpc', 'node-addon-api'])
      assert.ok(names.includes(part), part);
    for (const { hashes, licenses, purl } of bom.components) {
      assert.match(hashes[0].content, /^([0-9a-f]{64}|[0-9a-f]{128})$/, purl);
      assert.ok(licenses[0].license.id, purl);
    }
  });
});
