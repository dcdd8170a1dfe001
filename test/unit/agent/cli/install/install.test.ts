/** What an installed copy is made of: its files, its command, its runtime. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launcherText } from '../../../../../agent/cli/install/launcher';
import { chooseRuntime } from '../../../../../agent/cli/install/runtime';
import { copiedFiles } from '../../../../../agent/common/installed-files';
import { changeableByOthers } from '../../../../../agent/common/root-only';
import { contents } from '../../../../../scripts/package/contents.mjs';

describe('the files of an installed copy', () => {
  it('are all in the package of the extension, which installs them', () => {
    const packaged = [...contents.extension, 'dist/sockscope.node'];
    for (const name of copiedFiles) assert.ok(packaged.includes(`dist/${name}`), name);
  });
});

describe('the command of an installed copy', () => {
  it('is a shell script whatever the path of the runtime is', () => {
    const text = launcherText("/opt/it's my code/$(id) node");
    const { status, stderr } = spawnSync('/bin/sh', ['-n'], { input: text, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    assert.ok(text.includes(`runtime='/opt/it'\\''s my code/$(id) node'\n`));
    // It checks each folder above the runtime.
    assert.ok(
      text.includes(`'/opt' '/opt/it'\\''s my code' '/opt/it'\\''s my code/$(id) node' -maxdepth 0`),
      text,
    );
  });
});

describe('the runtime of an installed copy', () => {
  let folder: string;
  let own: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sockscope-runtime-'));
    own = join(folder, 'node');
    writeFileSync(own, '');
    chmodSync(own, 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  const system = '/usr/bin/env';
  const skip = changeableByOthers(realpathSync(system)).length > 0 && 'others can change /usr/bin';

  it('is the one at hand where only root can change that, by its own path', { skip }, () => {
    const link = join(folder, 'link');
    symlinkSync(system, link);
    for (const isEditor of [false, true])
      assert.deepEqual(chooseRuntime(link, isEditor), { path: realpathSync(system), copied: false });
  });

  it('is a copy where others can change it', () =>
    assert.deepEqual(chooseRuntime(own, false), { path: realpathSync(own), copied: true }));

  it('of an editor is none to copy: Node.js of the distribution, or a sentence', () => {
    const isThere =
      existsSync('/usr/bin/node') && changeableByOthers(realpathSync('/usr/bin/node')).length === 0;
    if (isThere)
      assert.deepEqual(chooseRuntime(own, true), { path: realpathSync('/usr/bin/node'), copied: false });
    else
      assert.throws(
        () => chooseRuntime(own, true),
        /the editor's runtime cannot be copied: install Node\.js 20 or newer/,
      );
  });
});
