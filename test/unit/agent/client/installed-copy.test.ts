/** The installed copy as a client finds it: sound only where root alone can change it, and started only where it fits. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  findInstalledCopy,
  type InstalledCopy,
  launchOf,
  removalCommand,
  rootCommand,
} from '../../../../agent/client/installed-copy';
import { ownAsRoot } from '../../../../agent/client/served-uid';
import { protocolNumber } from '../../../../agent/protocol';

/** Only root can make a copy that is sound; not below /tmp, which everybody may write. */
const skip = process.getuid?.() === 0 ? false : 'files of root need root';

describe('an installed copy', { skip }, () => {
  let above: string;
  let folder: string;
  let runtime: string;
  beforeEach(() => {
    above = mkdtempSync('/run/sockscope-copy-');
    chmodSync(above, 0o755);
    folder = join(above, 'sockscope');
    runtime = join(above, 'node');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    for (const file of [join(folder, 'agent.js'), join(folder, 'bin', 'sockscope'), runtime])
      writeFileSync(file, '', { mode: 0o755 });
    describeCopy({ version: '1.2.3', protocol: protocolNumber, runtime });
  });
  afterEach(() => rmSync(above, { recursive: true }));

  const describeCopy = (manifest: object) =>
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));

  it('is sound where root alone can change it', () =>
    assert.deepEqual(findInstalledCopy(folder), {
      kind: 'sound',
      program: join(folder, 'bin', 'sockscope'),
      runtime,
      version: '1.2.3',
      protocol: protocolNumber,
    }));

  it('is absent where there is no folder', () =>
    assert.deepEqual(findInstalledCopy(join(above, 'elsewhere')), { kind: 'absent' }));

  const changes: readonly [string, () => void, RegExp][] = [
    [
      'a file that its group may write',
      () => chmodSync(join(folder, 'agent.js'), 0o664),
      /agent\.js can be written/,
    ],
    [
      'a file that all may write',
      () => chmodSync(join(folder, 'agent.js'), 0o646),
      /agent\.js can be written/,
    ],
    ["a user's file", () => chownSync(join(folder, 'agent.js'), 4711, 0), /agent\.js belongs to uid 4711$/],
    [
      "a user's file that he may only read",
      () => readOnly(join(folder, 'agent.js')),
      /agent\.js belongs to uid 4711$/,
    ],
    ['a folder that all may write', () => chmodSync(join(folder, 'bin'), 0o777), /bin can be written/],
    ["a user's folder above", () => chownSync(above, 4711, 0), /sockscope-copy-\w+ belongs to uid 4711$/],
    ["a user's runtime", () => chownSync(runtime, 4711, 0), /node belongs to uid 4711$/],
    ['a link in place of the folder', () => link(folder), /sockscope is a symbolic link$/],
    ['a link in place of a file', () => link(join(folder, 'agent.js')), /agent\.js is a symbolic link$/],
    ['no runtime', () => rmSync(runtime), /cannot be used: ENOENT.*node/],
    ['no command', () => rmSync(join(folder, 'bin', 'sockscope')), /cannot be used: ENOENT.*bin\/sockscope/],
    ['no manifest', () => rmSync(join(folder, 'package.json')), /cannot be used: ENOENT.*package\.json/],
    ['a manifest that names no runtime', () => describeCopy({}), /package\.json is incomplete$/],
  ];
  const readOnly = (path: string) => {
    chownSync(path, 4711, 0);
    chmodSync(path, 0o444);
  };
  const link = (path: string) => {
    renameSync(path, join(above, 'moved'));
    symlinkSync(join(above, 'moved'), path);
  };
  for (const [what, change, reason] of changes)
    it(`is not sound with ${what}`, () => {
      change();
      const copy = findInstalledCopy(folder);
      assert.equal(copy.kind, 'unsound');
      assert.match((copy as { reason: string }).reason, reason);
    });
});

describe('the command that starts the agent', () => {
  const sound = (protocol: number): InstalledCopy => ({
    kind: 'sound',
    program: '/c/bin/sockscope',
    runtime: '/usr/bin/node',
    version: '1.2.3',
    protocol,
  });
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '--'];
  const node = ['env', 'ELECTRON_RUN_AS_NODE=1', process.execPath];
  const words = ['--scope', 'all'];
  const installed = '/usr/local/lib/sockscope/bin/sockscope';

  it('is that of the installed copy, whatever its version, while its protocol fits', () =>
    assert.deepEqual(launchOf('/x/agent.js', words, sound(protocolNumber)), {
      kind: 'installed',
      command: [...sudo, '/c/bin/sockscope', 'agent', 'serve', '--scope', 'all'],
    }));

  it('is that of the files at hand where nothing is installed', () =>
    assert.deepEqual(launchOf('/x/agent.js', words, { kind: 'absent' }), {
      kind: 'writable',
      command: [...sudo, ...node, '/x/agent.js', 'serve', '--scope', 'all'],
    }));

  for (const [name, copy, reason] of [
    [
      'older',
      sound(protocolNumber - 1),
      /^The installed copy is version 1\.2\.3 \(protocol \d+\), and this is version /,
    ],
    [
      'newer',
      sound(protocolNumber + 1),
      /^The installed copy is version 1\.2\.3 \(protocol \d+\), and this is version /,
    ],
    ['unsound', { kind: 'unsound', reason: 'Why' }, /^Why$/],
  ] as const)
    it(`installs in place of one that is ${name}, and does not start the files at hand`, () => {
      const launch = launchOf('/x/agent.js', words, copy);
      assert.deepEqual(launch.command, [...sudo, ...node, '/x/sockscope.js', 'agent', 'install']);
      assert.match((launch as { reason: string }).reason, reason);
      const verb = 'agent serve --scope all';
      assert.equal(
        rootCommand('/x/sockscope.js', verb, copy),
        `${ownAsRoot(`${process.execPath} /x/sockscope.js agent install`)} && ${ownAsRoot(`${installed} ${verb}`)}`,
      );
      const removal = removalCommand('/x/sockscope.js', 'agent uninstall', copy);
      assert.equal(removal, ownAsRoot(`${process.execPath} /x/sockscope.js agent uninstall`));
      assert.equal(
        rootCommand('/x/sockscope.js', verb, copy, (command) => `SUDO_UID=1000 ${command}`),
        `SUDO_UID=1000 ${process.execPath} /x/sockscope.js agent install && SUDO_UID=1000 ${installed} ${verb}`,
      );
    });

  it('in a sentence is short', () => {
    for (const command of [rootCommand, removalCommand]) {
      assert.equal(
        command('/x/sockscope.js', 'agent stop', sound(protocolNumber)),
        ownAsRoot(`${installed} agent stop`),
      );
      assert.equal(
        command('/x/sockscope.js', 'agent stop', { kind: 'absent' }),
        ownAsRoot(`${process.execPath} /x/sockscope.js agent stop`),
      );
    }
  });
});
