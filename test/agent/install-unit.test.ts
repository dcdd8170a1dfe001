/** The units of an installed copy, with which systemd starts the agent of one user. No systemd runs here: a guest has one. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { installFolder } from '../../agent/common/installed-files';
import { Installed, installedCommand } from '../helpers/installed';
import { end, type Finished, start, until, which } from '../helpers/programs';
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

  for (const [what, isActive] of [
    ['says that systemd starts it again where that listens', true],
    ['says nothing of a unit that is there and stopped', false],
  ] as const)
    it(`agent stop ${what}`, async () => {
      const { netns, user } = stage;
      const as = { user, environment: { PATH: `${stage.folder}/bin:${process.env.PATH}` } };
      mkdirSync(join(stage.folder, 'bin'), { recursive: true });
      const systemctl = `#!/bin/sh\n[ "$*" = "--quiet is-active sockscope@${user.uid}.socket" ] && ${isActive}\n`;
      writeFileSync(join(stage.folder, 'bin', 'systemctl'), systemctl, { mode: 0o755 });
      writeFileSync(copy.root.at(enabled()), '');
      // In this root alone.
      const booted = 'mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system';
      execFileSync('nsenter', [...copy.root.namespaces, 'sh', '-c', booted]);
      const environment = { SUDO_UID: String(user.uid) };
      const serve = copy.root.command(copy.source({}, 'agent', 'serve'));
      const agent = start(serve, { netns, environment }, { stdio: 'ignore' });
      try {
        await until('it answers', async () => (await copy.asUser('agent', 'status')).code === 0);
        const { code, stdout } = await copy.root.run(copy.source({}, 'agent', 'stop'), as);
        assert.equal(code, 0);
        const again = `systemd starts it again for its next client. To end that: sudo systemctl disable --now sockscope@${user.uid}.socket\n`;
        assert.equal(stdout.replace(/^The agent \(pid \d+\) has ended\n/, ''), isActive ? again : '');
      } finally {
        await end(agent);
      }
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
