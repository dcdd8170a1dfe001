/** The dev container feature: its install.sh in a root of its own, with a tarball in the place of the registry. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copiedFiles } from '../../agent/common/installed-files';
import { OwnRoot } from '../helpers/own-root';
import { which } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

const folder = resolve('.github', 'features', 'sockscope');
const feature = JSON.parse(readFileSync(join(folder, 'devcontainer-feature.json'), 'utf8'));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

it('is of the version, the address, the Node.js and the extension of the manifest', () => {
  assert.equal(feature.version, manifest.version);
  assert.ok(feature.documentationURL.startsWith(manifest.homepage));
  assert.deepEqual(feature.customizations.vscode.extensions, [`${manifest.publisher}.${manifest.name}`]);
  const [, oldest] = /^oldest=(\d+)$/m.exec(readFileSync(join(folder, 'install.sh'), 'utf8')) ?? [];
  assert.equal(manifest.engines.node, `>=${oldest}`);
});

describe('install.sh of the dev container feature', {
  skip: withoutRoot || (which('npm') ? false : 'there is no npm'),
}, () => {
  let stage: Stage;
  let root: OwnRoot;
  let tarball: string;
  before(async () => {
    stage = new Stage();
    root = await OwnRoot.make(stage.netns);
    stage.onClose(() => root.remove());
    tarball = packed(stage.folder);
    cpSync(join(folder, 'install.sh'), join(stage.folder, 'install.sh'));
  });
  after(() => stage?.close());

  /** As a dev container runs it. npm has no registry here, and puts what is global into a folder of this root's own. */
  function install(environment: Readonly<Record<string, string>> = {}, user?: Stage['user']) {
    const options = { npm_config_prefix: '/usr/local', npm_config_offline: 'true', HOME: '/tmp' };
    const variables = Object.entries({ VERSION: tarball, ...options, ...environment });
    const assigned = variables.map(([name, value]) => `${name}=${value}`);
    return root.run(['env', ...assigned, '/bin/sh', join(stage.folder, 'install.sh')], { user });
  }

  it('puts the command line on the path, also a second time', async () => {
    for (const time of ['first', 'second']) {
      const { code, stdout, stderr } = await install();
      assert.equal(code, 0, `${time}: ${stderr}`);
      assert.match(stdout, new RegExp(`^sockscope ${manifest.version}$`, 'm'));
    }
    const { user } = stage;
    const list = await root.run(['/usr/local/bin/sockscope', 'list', '--json'], { user });
    assert.deepEqual([list.code, JSON.parse(list.stdout).schema], [0, 1], list.stderr);
  });

  it('says which Node.js it needs, and from where', async () => {
    const old = join(stage.folder, 'old');
    mkdirSync(old);
    writeFileSync(join(old, 'node'), '#!/bin/sh\necho v18.20.8\n');
    chmodSync(join(old, 'node'), 0o755);
    const outdated = await install({ PATH: `${old}:${process.env.PATH}` });
    assert.equal(outdated.code, 1);
    assert.match(
      outdated.stderr,
      /^sockscope: It needs Node\.js 20 or newer, and this is v18\.20\.8\. Choose /,
    );

    const none = await install({ PATH: withoutNpm(stage.folder), NVM_DIR: '/missing' });
    assert.equal(none.code, 1);
    assert.match(
      none.stderr,
      /^sockscope: There is no npm\. Add the feature \S+ to devcontainer\.json, too\.\n$/,
    );
  });

  it('says that it needs root', async () => {
    const { code, stderr } = await install({}, stage.user);
    assert.equal(code, 1);
    assert.match(stderr, /^sockscope: This feature installs as root: /);
  });
});

/** A tarball with the name and the command of the npm package. */
function packed(at: string): string {
  const { name, version, bin } = manifest;
  const folder = join(at, 'package');
  mkdirSync(join(folder, dirname(bin.sockscope)), { recursive: true });
  for (const file of copiedFiles) cpSync(resolve('dist', file), join(folder, 'dist', file));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, bin }));
  const tarball = join(at, 'sockscope.tgz');
  execFileSync('tar', ['--create', '--gzip', `--file=${tarball}`, `--directory=${at}`, 'package']);
  assert.ok(existsSync(tarball));
  return tarball;
}

/** Programs that install.sh calls, in a folder of their own. */
function withoutNpm(at: string): string {
  const folder = join(at, 'bin');
  mkdirSync(folder);
  for (const name of ['sh', 'id']) cpSync(which(name) ?? '', join(folder, name), { dereference: true });
  return folder;
}
