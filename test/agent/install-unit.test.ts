/** The units of an installed copy, with which systemd starts the agent of one user. No systemd runs here: a guest has one. */

import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { installFolder } from '../../agent/common/installed-files';
import { Installed, installedCommand } from '../helpers/installed';
import { type Finished, which } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

describe('the unit of an installed copy', { skip: withoutRoot }, () => {
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

  const folder = '/etc/systemd/system';
  const enabled = () => join(folder, 'sockscope@.socket');
  const wants = () => join(folder, 'sockets.target.wants', `sockscope@${stage.user.uid}.socket`);
  const units = ['sockscope@.service', 'sockscope@.socket'];

  it('is there only when it is asked for, says what it means, and goes with the copy', {
    skip: which('systemctl') ? false : 'systemd is not installed',
  }, async () => {
    await copy.installed();
    assert.deepEqual(readdirSync(copy.root.at(folder)), []);
    const stdout = await copy.installed(['--unit', stage.user.name]);
    assert.match(stdout, /systemd starts the agent for every program of uid \d+ without a password/);
    assert.equal(readlinkSync(copy.root.at(wants())), enabled());
    for (const name of units) {
      const { uid, mode } = lstatSync(copy.root.at(join(folder, name)));
      assert.deepEqual([uid, mode & 0o777], [0, 0o644]);
    }
    // An update of the copy is one of the units.
    writeFileSync(copy.root.at(join(folder, 'sockscope@.service')), 'old');
    await copy.installed();
    assert.match(
      readFileSync(copy.root.at(join(folder, 'sockscope@.service')), 'utf8'),
      /^NoNewPrivileges=yes$/m,
    );
    await copy.sudo([installedCommand, 'agent', 'uninstall', '--logs', 'keep']);
    assert.deepEqual(readdirSync(copy.root.at(folder)), []);
  });

  it('is what systemd understands', {
    skip: which('systemd-analyze') ? false : 'systemd is not installed',
  }, async () => {
    await copy.installed(['--unit', String(stage.user.uid)]);
    const paths = units.map((name) => join(folder, name.replace('@', `@${stage.user.uid}`)));
    const { code, stdout, stderr }: Finished = await copy.root.run(['systemd-analyze', 'verify', ...paths]);
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('sockscope'));
    assert.deepEqual([code, ours], [0, []]);
  });

  for (const [user, reason] of [
    ['nobody-of-this-name', /--unit "nobody-of-this-name" is no user of this machine/],
    ['root', /--unit is for a user: root needs no agent/],
  ] as const)
    it(`is not for ${user}`, async () => {
      const { code, stderr } = await copy.install(['--unit', user]);
      assert.equal(code, 2);
      assert.match(stderr, reason);
      assert.equal(existsSync(copy.root.at(installFolder)), false);
    });
});
