/** The life of an installed copy: made, used, updated, found to be of another version, refused, interrupted, removed. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { copiedFiles } from '../../agent/common/installed-files';
import { protocolNumber } from '../../agent/protocol';
import { Installed, installedCommand } from '../helpers/installed';
import { end, start, until } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

describe('the life of an installed copy', { skip: withoutRoot }, () => {
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

  const sudoCommand = `sudo ${installedCommand}`;
  const source = () => stage.command();

  /** What a verb that needs an agent says without one. */
  const advice = async () => (await copy.asUser('destroy', ':9', '--yes')).stderr;

  function assertNothingThere(): void {
    const left = readdirSync(copy.root.at('/usr/local/lib'));
    assert.deepEqual([left, existsSync(copy.root.at('/usr/local/sbin/sockscope'))], [[], false]);
  }

  async function startAgent(command: readonly string[]): Promise<{ stop(): Promise<void> }> {
    const environment = { SUDO_UID: String(stage.user.uid) };
    const child = start(copy.root.command(command), { environment }, { stdio: 'ignore' });
    await until('it answers', () => existsSync(copy.root.at(agentSocketPath(stage.user.uid))));
    await until('it answers', async () => (await copy.asUser('agent', 'status')).code === 0);
    return { stop: () => end(child, 'SIGTERM') };
  }

  it('installed, named in every advice, started, and removed with its agent', async () => {
    assert.match(await advice(), new RegExp(`: sudo ${source()} *agent serve\n$`));
    const stdout = await copy.installed();
    assert.match(
      stdout,
      /^Sockscope \d\S+ is installed in \/usr\/local\/lib\/sockscope, where only root can change/,
    );
    assert.ok(stdout.includes(`${sudoCommand} agent serve\n`), stdout);
    assert.equal(readlinkSync(copy.root.at('/usr/local/sbin/sockscope')), installedCommand);
    assert.match(await advice(), new RegExp(`: ${sudoCommand} agent serve\n$`));
    assert.match((await copy.asUser('doctor')).stdout, /^ok +installed-copy +Only root can change version /m);

    const agent = await startAgent([installedCommand, 'agent', 'serve']);
    const status = await copy.asUser('agent', 'status');
    assert.match(
      status.stdout,
      /\nOnly root can change its program \(\/usr\/local\/lib\/sockscope\/agent\.js\) and its runtime \(\//,
    );
    assert.match((await copy.asUser('doctor')).stdout, /^ok +program +Only root can change its program /m);

    const ended = await copy.sudo([installedCommand, 'agent', 'uninstall', '--logs', 'keep']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^The agent of uid \d+ \(pid \d+\) has ended\n.*sockscope is removed/);
    assert.match(ended.stdout, /What stays: the audit log in \/var\/log\/sockscope, /);
    assertNothingThere();
    assert.ok(existsSync(copy.root.at('/var/log/sockscope')));
    await agent.stop();
  });

  it('an agent that was started from elsewhere is said to be changeable, and is not ended with the copy', async () => {
    await copy.installed();
    const agent = await startAgent(copy.source({}, 'agent', 'serve'));
    const { stdout } = await copy.asUser('agent', 'status');
    assert.match(
      stdout,
      /\nOthers than root can change its program \(\S+\) or its runtime \(\S+\): .*\/tmp can be written by others than root\. For a copy/,
    );
    const ended = await copy.sudo(copy.source({}, 'agent', 'uninstall', '--logs', 'remove'));
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal((await copy.asUser('agent', 'status')).code, 0);
    assertNothingThere();
    assert.equal(existsSync(copy.root.at('/var/log/sockscope')), false);
    await agent.stop();
  });

  it('asks about the log, and does nothing where it cannot ask', async () => {
    await copy.installed();
    mkdirSync(copy.root.at('/var/log/sockscope'));
    const { code, stderr } = await copy.sudo([installedCommand, 'agent', 'uninstall']);
    assert.deepEqual([code, /--logs keep or --logs remove/.test(stderr)], [2, true], stderr);
    assert.equal((await copy.asRoot('--version')).code, 0);
  });

  it('installed again is an update: the new files, nothing of the old', async () => {
    await copy.installed();
    copy.rewrite('agent.js', (text) => `${text}// old\n`);
    const { ino } = lstatSync(copy.at());
    await copy.installed();
    assert.notEqual(lstatSync(copy.at()).ino, ino);
    assert.deepEqual(readFileSync(copy.at('agent.js')), readFileSync(join(stage.folder, 'agent.js')));
    assert.equal((await copy.asRoot('--version')).code, 0);
    assert.deepEqual(readdirSync(copy.root.at('/usr/local/lib')), ['sockscope']);
  });

  it('one that others could write is replaced, and what a link in it leads to stays', async () => {
    await copy.installed();
    chmodSync(copy.at(), 0o777);
    const precious = join(stage.user.home, 'precious');
    writeFileSync(precious, '');
    rmSync(copy.at('bin'), { recursive: true });
    symlinkSync(stage.user.home, copy.at('bin'));
    await copy.installed();
    assert.ok(existsSync(precious));
    assert.equal((await copy.asRoot('--version')).code, 0);
  });

  describe('of another version', () => {
    const setVersion = (version: string, protocol: number) =>
      copy.rewrite('package.json', (text) => JSON.stringify({ ...JSON.parse(text), version, protocol }));

    it('is used while the protocol number fits', async () => {
      await copy.installed();
      setVersion('0.0.1', protocolNumber);
      assert.match(await advice(), new RegExp(`: ${sudoCommand} agent serve\n$`));
      assert.equal((await copy.asRoot('--version')).code, 0);
    });

    for (const [name, version, protocol] of [
      ['an older', '0.0.1', protocolNumber - 1],
      ['a newer', '9.8.7', protocolNumber + 1],
    ] as const)
      it(`${name} protocol number: the command that updates it, never the files at hand`, async () => {
        await copy.installed();
        setVersion(version, protocol);
        const update = `sudo ${source()} *agent install && ${sudoCommand} agent serve`;
        for (const words of [
          ['destroy', ':9', '--yes'],
          ['drill', ':9', '--yes'],
          ['agent', 'serve'],
        ])
          assert.match((await copy.asUser(...words)).stderr, new RegExp(`: ${update}\n$`), words.join(' '));
        const { stdout } = await copy.asUser('agent', 'status');
        assert.match(
          stdout,
          new RegExp(
            `The installed copy is version ${version.replaceAll('.', '\\.')} \\(protocol ${protocol}\\), and this is`,
          ),
        );
        assert.match(stdout, new RegExp(`To install again: sudo ${source()} *agent install\n$`));
        await copy.installed();
        assert.match(await advice(), new RegExp(`: ${sudoCommand} agent serve\n$`));
      });
  });

  describe('with a runtime that belongs to its user', () => {
    let runtime: string;
    beforeEach(() => {
      runtime = join(stage.user.home, 'node');
      copyFileSync(process.execPath, runtime);
      chownSync(runtime, stage.user.uid, stage.user.gid);
    });
    afterEach(() => rmSync(runtime));

    it('has a copy of its own, which is checked like all else', async () => {
      const { code, stdout, stderr } = await copy.install([], { runtime });
      assert.equal(code, 0, stderr);
      assert.ok(stdout.includes(`it runs with a copy of ${runtime}\n`), stdout);
      writeFileSync(runtime, '#!/bin/sh\necho canary\n');
      assert.match((await copy.asRoot('--version')).stdout, /^sockscope \d/);
      const own = copy.at('bin/node');
      // In the copy's own runtime, it installs itself again.
      assert.equal((await copy.sudo([installedCommand, 'agent', 'install'])).code, 0);
      assert.match((await copy.asRoot('--version')).stdout, /^sockscope \d/);
      execFileSync('truncate', ['--size=-1', own]);
      assert.match((await copy.asRoot('--version')).stderr, /are not those that were installed/);
    });

    it('interrupted at any time, leaves the old copy or none, and the next one cleans up', async () => {
      for (const isUpdate of [false, true])
        for (const after of [1, 3, 6]) {
          if (isUpdate) await copy.installed();
          const command = copy.root.command(copy.source({ runtime }, 'agent', 'install'));
          const child = start(command, {}, { stdio: 'ignore' });
          const files = () => {
            const folders = readdirSync(copy.root.at('/usr/local/lib')).filter((name) =>
              name.startsWith('.'),
            );
            return folders.flatMap((name) => {
              const folder = copy.root.at(`/usr/local/lib/${name}`);
              return existsSync(folder) ? readdirSync(folder) : []; // it was renamed meanwhile
            });
          };
          await until('it is halfway', () => files().length >= after || child.exitCode !== null);
          await end(child, 'SIGKILL');
          if (existsSync(copy.at())) assert.equal((await copy.asRoot('--version')).code, 0);
          else assert.match(await advice(), new RegExp(`: sudo ${source()} *agent serve\n$`));
          await copy.installed();
          assert.deepEqual(readdirSync(copy.root.at('/usr/local/lib')), ['sockscope']);
          assert.equal((await copy.asRoot('--version')).code, 0);
        }
    });
  });

  describe('is refused, in one sentence,', () => {
    const local = () => copy.root.at('/usr/local');
    const refusals: readonly [string, () => void, RegExp][] = [
      [
        'in a /usr/local of a user',
        () => chownSync(local(), stage.user.uid, 0),
        /\/usr\/local belongs to uid \d+, so that others/,
      ],
      [
        'in a folder that its group may write',
        () => chmodSync(join(local(), 'lib'), 0o775),
        /\/usr\/local\/lib can be written by others than root, so/,
      ],
      [
        'in a folder that is a link',
        () => {
          renameSync(join(local(), 'lib'), join(local(), 'other'));
          symlinkSync('other', join(local(), 'lib'));
        },
        /\/usr\/local\/lib is a symbolic link, so that others/,
      ],
      [
        'in place of a link',
        () => symlinkSync('/usr/local/sbin', copy.at()),
        /sockscope is not a folder: remove it, then try again/,
      ],
      [
        'on a mount without programs',
        () =>
          execFileSync('nsenter', [...copy.root.namespaces, 'mount', '-o', 'remount,noexec', '/usr/local']),
        /A copy there does not run: .*(noexec|failed to map segment).*\. Nothing was installed$/,
      ],
    ];
    for (const [what, prepare, reason] of refusals)
      it(what, async () => {
        prepare();
        const { code, stdout, stderr } = await copy.install();
        assert.deepEqual([code, stdout], [13, ''], stderr);
        assert.match(stderr.trimEnd(), reason);
        assert.match(stderr, /^sockscope: [^\n]+\n$/);
        assert.deepEqual(
          readdirSync(join(local(), 'lib')).filter((name) => name.startsWith('.')),
          [],
        );
        assert.match(await advice(), /agent (serve|install.*)\n$/);
      });

    it('while another one runs', async () => {
      const held = start(
        copy.root.command(['flock', '/run/sockscope/install.lock', 'sh', '-c', 'echo; exec cat']),
        {},
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      assert.ok(held.stdout);
      await once(held.stdout, 'data');
      for (const [words, expected] of [
        ['install', 13],
        ['uninstall --logs keep', 1],
      ] as const) {
        const { code, stderr } = await copy.sudo(copy.source({}, 'agent', ...words.split(' ')));
        assert.equal(code, expected);
        assert.equal(
          stderr,
          'sockscope: Another install or uninstall of Sockscope runs: try again when it has ended\n',
        );
      }
      await end(held);
      await copy.installed();
    });

    it('without root', async () => {
      for (const verb of ['install', 'uninstall']) {
        const { code, stderr } = await copy.asUser('agent', verb);
        assert.equal(code, 3);
        assert.match(stderr, new RegExp(`: sudo ${source()} *agent ${verb}\n$`));
      }
    });

    it('without a part of it', async () => {
      rmSync(join(stage.folder, 'THIRD-PARTY-NOTICES.md'));
      const { code, stderr } = await copy.install();
      assert.equal(code, 13);
      assert.match(stderr, /THIRD-PARTY-NOTICES\.md is missing: get Sockscope again/);
      assertNothingThere();
    });
  });

  it('from a home whose mount has no programs, works where that copy does not', async () => {
    const home = join(stage.user.home, 'noexec');
    mkdirSync(home);
    execFileSync('nsenter', [
      ...copy.root.namespaces,
      'mount',
      '-t',
      'tmpfs',
      '-o',
      'noexec,mode=755',
      'tmpfs',
      home,
    ]);
    for (const name of copiedFiles) copyFileSync(join(stage.folder, name), join(copy.root.at(home), name));
    const how = { folder: home };
    const direct = await copy.root.run(copy.source(how, 'list'));
    assert.match(direct.stderr, /may not be run from where it lies: .*noexec/);
    assert.equal((await copy.install([], how)).code, 0);
    assert.equal((await copy.asRoot('list', ':9')).code, 0);
  });
});
