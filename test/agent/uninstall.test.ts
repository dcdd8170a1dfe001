/** The removal of an installed copy and of the audit log: only what is Sockscope's own, whatever others have put in its place. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Installed, installedCommand } from '../helpers/installed';
import { Stage, withoutRoot } from '../helpers/stage';

describe('agent uninstall', { skip: withoutRoot }, () => {
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

  const isLinked = () =>
    lstatSync(copy.root.at('/usr/local/sbin/sockscope'), { throwIfNoEntry: false }) !== undefined;

  it('is refused where others can change the folder of the copy, and removes nothing', async () => {
    await copy.installed();
    const words = [installedCommand, 'agent', 'uninstall', '--logs', 'keep'];
    chmodSync(copy.root.at('/usr/local/lib'), 0o775);
    // Its own command is not started there.
    const { code, stderr } = await copy.sudo(copy.source({}, ...words.slice(1)));
    assert.equal(code, 1);
    assert.match(
      stderr,
      /\/usr\/local\/lib can be written by others than root, so that others .* what is removed/,
    );
    assert.ok(existsSync(copy.at()) && isLinked());
    chmodSync(copy.root.at('/usr/local/lib'), 0o755);
    assert.equal((await copy.sudo(words)).code, 0);
    assert.deepEqual([existsSync(copy.at()), isLinked()], [false, false]);
  });

  describe('of the log, on --logs remove,', () => {
    const log = () => copy.root.at('/var/log/sockscope');
    const remove = () => copy.sudo(copy.source({}, 'agent', 'uninstall', '--logs', 'remove'));
    beforeEach(() => mkdirSync(log()));

    it('takes all of its parts', async () => {
      writeFileSync(join(log(), 'audit.log'), '');
      for (const part of [1, 4])
        writeFileSync(join(log(), `audit.log.${part}`), '{"time":"2026-11-28T22:30:00.123Z"}\n');
      const { code, stderr } = await remove();
      assert.deepEqual([code, stderr, existsSync(log())], [0, '', false]);
    });

    const others: readonly [string, () => void, RegExp][] = [
      [
        'log of another program, put in its place',
        () => writeFileSync(join(log(), 'audit.log'), 'type=DAEMON_START msg=audit(1):'),
        /has files that are not of this log$/,
      ],
      ['other file', () => writeFileSync(join(log(), 'other'), ''), /: ENOTEMPTY/],
      ['folder of a user', () => chownSync(log(), stage.user.uid, 0), /: others than root can change it$/],
      [
        'folder that a link leads to',
        () => {
          renameSync(log(), `${log()}.1`);
          writeFileSync(join(`${log()}.1`, 'audit.log'), '');
          symlinkSync('sockscope.1', log());
        },
        /: (ELOOP|ENOTDIR)/,
      ],
    ];
    for (const [what, prepare, reason] of others)
      it(`leaves the ${what} as it is`, async () => {
        prepare();
        const before = readdirSync(log());
        const { code, stderr } = await remove();
        assert.equal(code, 1);
        assert.match(
          stderr,
          /^sockscope: The audit log in \/var\/log\/sockscope could not be removed: [^\n]+\n$/,
        );
        assert.match(stderr.trimEnd(), reason);
        assert.deepEqual(readdirSync(log()), before);
      });
  });
});
