/** Libraries of an installed copy: also where its runtime looks for them in vain is a place that only root can change. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { copiedFiles } from '../../agent/common/installed-files';
import { Installed } from '../helpers/installed';
import { Stage, withoutRoot } from '../helpers/stage';

describe('an installed copy that looks for libraries in a folder first', { skip: withoutRoot }, () => {
  let stage: Stage;
  let copy: Installed;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());
  beforeEach(async () => {
    copy = await Installed.prepare(stage);
  });
  afterEach(() => copy.root.remove());

  /** The files to install, with an addon that has its libraries looked for there first. */
  function sourceWithLibraries(libraries: string): string {
    const folder = mkdtempSync(join(stage.folder, 'source-'));
    chmodSync(folder, 0o755);
    for (const name of copiedFiles) copyFileSync(join(stage.folder, name), join(folder, name));
    const input = 'void *napi_register_module_v1(void *env, void *exports) { return exports; }';
    const link = [`-Wl,-rpath,${libraries}`, '-Wl,--no-as-needed', '-lresolv'];
    const output = join(folder, 'sockscope.node');
    execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', output, ...link], { input });
    return folder;
  }

  for (const [libraries, changed] of [
    ['/usr/local/more/lib', '/usr/local/more'],
    ['$ORIGIN/../more', '/usr/local/lib/more'],
  ] as const)
    it(`is not started where others can change the folder by now: ${libraries}`, async () => {
      const { code, stderr } = await copy.install([], { folder: sourceWithLibraries(libraries) });
      assert.equal(code, 0, stderr);
      assert.equal((await copy.asRoot('--version')).code, 0);
      mkdirSync(copy.root.at(changed));
      assert.equal((await copy.asRoot('--version')).code, 0);
      chownSync(copy.root.at(changed), stage.user.uid, 0);
      const refused = await copy.asRoot('--version');
      assert.equal(refused.code, 13);
      assert.ok(
        refused.stderr.includes(`Others than root can change ${changed}: nothing was started`),
        refused.stderr,
      );
    });

  it('is refused where a user can make the folder', async () => {
    const folder = sourceWithLibraries(join(stage.user.home, 'lib'));
    const { code, stdout, stderr } = await copy.install([], { folder });
    assert.deepEqual([code, stdout], [13, ''], stderr);
    assert.match(
      stderr,
      new RegExp(`loads what others can change: ${stage.user.home} belongs to uid \\d+\n$`),
    );
    assert.deepEqual(readdirSync(copy.root.at('/usr/local/lib')), []);
  });
});
