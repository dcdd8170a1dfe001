/** The installed copy: what sudo starts, no user can change, and what was changed is not started. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hashList, installFolder } from '../../agent/common/installed-files';
import { changeableByOthers } from '../../agent/common/root-only';
import { Installed, installedCommand } from '../helpers/installed';
import { end, start, until, which } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

const oneSentence =
  /^sockscope: [^\n]+: nothing was started\. Install Sockscope again, from a source that you trust\n$/;

/** Runs a command with a terminal, prints what it prints there, and types the answer at the first question. */
const answersOnce = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
asked = False
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    shown += data
    # What readline prints last: the cursor's column.
    if not asked and b"[y/N] " in shown and shown.endswith(b"G"):
        asked = True
        os.write(terminal, sys.argv[1].encode())
sys.stdout.write(shown.decode().replace("\\r\\n", "\\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

describe('the installed copy', { skip: withoutRoot }, () => {
  let stage: Stage;
  let copy: Installed;
  before(async () => {
    stage = new Stage();
    copy = await Installed.prepare(stage);
    await copy.installed();
  });
  after(async () => {
    await copy?.root.remove();
    await stage?.close();
  });

  const names = ['', ...readNames()];
  /** What the folder has, so that no file is left out that comes later. */
  function readNames(): string[] {
    return [
      'THIRD-PARTY-NOTICES.md',
      'SHA256SUMS',
      'agent-server.js',
      'agent.js',
      'bin',
      'bin/sockscope',
      'connect.js',
      'list-agent.js',
      'list-inventory.js',
      'list.js',
      'mcp.js',
      'run.js',
      'package.json',
      'sockscope.js',
      'sockscope.node',
      'verbs.js',
    ];
  }

  it("has these files, root's, which others can read and not write", () => {
    const found = readdirSync(copy.at(), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(['', ...found].sort(), [...names].sort());
    for (const name of names) {
      const { uid, gid, mode } = lstatSync(copy.at(name));
      assert.deepEqual([uid, gid], [0, 0], name);
      assert.equal((mode & 0o777).toString(8), name === '' || name.startsWith('bin') ? '755' : '644', name);
    }
  });

  async function assertRefused(reason: RegExp): Promise<void> {
    const { code, stdout, stderr } = await copy.asRoot('--version');
    assert.deepEqual([code, stdout], [13, ''], stderr);
    assert.match(stderr, oneSentence);
    assert.match(stderr, reason);
  }

  async function assertStarts(): Promise<void> {
    const { code, stdout, stderr } = await copy.asRoot('--version');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^sockscope \d/);
  }

  const modes: readonly [string, (path: string) => () => void][] = [
    ['its group may write', (path) => withMode(path, 0o020)],
    ['all may write', (path) => withMode(path, 0o002)],
    ['belongs to its user', (path) => withOwner(path)],
  ];
  function withMode(path: string, more: number): () => void {
    const mode = lstatSync(path).mode & 0o777;
    chmodSync(path, mode | more);
    return () => chmodSync(path, mode);
  }
  function withOwner(path: string): () => void {
    chownSync(path, stage.user.uid, 0);
    return () => chownSync(path, 0, 0);
  }

  for (const [what, make] of modes)
    it(`R8: is not started where a file or folder of it, or above it, ${what}`, async () => {
      const paths = ['/', '/usr/local', '/usr/local/lib', ...names.map((name) => join(installFolder, name))];
      for (const path of paths) {
        const undo = make(copy.root.at(path));
        const shown = path.replace(/\/$/, '') || '/';
        await assertRefused(new RegExp(`^sockscope: Others than root can change ${shown}: `));
        undo();
      }
      await assertStarts();
    });

  it('R8: is not started where a byte of any file is another one', async () => {
    for (const name of names.filter((name) => lstatSync(copy.at(name)).isFile())) {
      const content = readFileSync(copy.at(name));
      for (const at of new Set([0, content.length >> 1, content.length - 1])) {
        // Of its own command, what follows the check is as good as any.
        if (name === 'bin/sockscope' && at !== content.length - 1) continue;
        const altered = Buffer.from(content);
        altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
        writeFileSync(copy.at(name), altered);
        await assertRefused(/The files in \/usr\/local\/lib\/sockscope are not those that were installed/);
      }
      writeFileSync(copy.at(name), content);
    }
    await assertStarts();
  });

  it('R8: is not started with a file that is missing, added, or not in the hash list', async () => {
    const altered = /are not those that were installed/;
    const list = readFileSync(copy.at(hashList), 'utf8');
    for (const name of ['agent.js', hashList]) {
      const content = readFileSync(copy.at(name));
      rmSync(copy.at(name));
      await assertRefused(altered);
      writeFileSync(copy.at(name), content);
    }
    mkdirSync(copy.at('node_modules'));
    writeFileSync(copy.at('node_modules/valibot.js'), '');
    await assertRefused(altered);
    rmSync(copy.at('node_modules'), { recursive: true });
    writeFileSync(copy.at(hashList), list.split('\n').slice(1).join('\n'));
    await assertRefused(altered);
    writeFileSync(copy.at(hashList), list);
    await assertStarts();
  });

  it('R8: is refused by real sudo in the same words', async () => {
    const undo = withOwner(copy.at('agent.js'));
    const { code, stderr } = await copy.sudo([installedCommand, 'agent', 'serve']);
    undo();
    assert.equal(code, 13, 'and not 1, with which sudo refuses');
    assert.match(stderr, oneSentence);
  });

  it('R8: starts in each language, in which sha256sum does not say OK', async () => {
    // Catalogues of coreutils; where they are not installed, it speaks English.
    for (const LANGUAGE of ['fr', 'ja', 'es', 'zh_CN']) {
      const environment = { LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8', LANGUAGE };
      const { code, stderr } = await copy.sudo([installedCommand, '--version'], { environment });
      assert.equal(code, 0, stderr);
    }
  });

  it('R8: starts from a folder that root may not enter, such as of FUSE', async () => {
    const cwd = mkdtempSync(join(stage.folder, 'closed-'));
    chownSync(cwd, stage.user.uid, 0);
    const asElsewhere = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'];
    const words = [...asElsewhere, installedCommand, '--version'];
    const { code, stderr } = await copy.root.run(words, { cwd });
    assert.equal(code, 0, stderr);
  });

  /** An agent from the copy, while `use` runs. Resolves with what its stop prints. */
  async function withAgent(
    use: (pid: number) => Promise<void>,
    prefix: readonly string[] = [],
  ): Promise<string> {
    const command = copy.root.command([...prefix, installedCommand, 'agent', 'serve']);
    const child = start(command, { environment: { SUDO_UID: String(stage.user.uid) } }, { stdio: 'ignore' });
    try {
      await until('it answers', async () => (await copy.asUser('agent', 'status')).code === 0);
      await use(JSON.parse((await copy.asUser('agent', 'status', '--json')).stdout).agent.pid);
      const stopped = await copy.asUser('agent', 'stop');
      assert.equal(stopped.code, 0, stopped.stderr);
      return stopped.stdout;
    } finally {
      await end(child);
    }
  }

  it('R8: opens no program or module that others than root can change', {
    skip: which('strace') ? false : 'strace is not installed',
  }, async () => {
    const trace = join(stage.folder, 'trace');
    const strace = ['strace', '-f', '-qq', '--trace=openat,open,execve', '--signal=none', '-o', trace];
    await withAgent(async () => {}, strace);
    const opened = [
      ...readFileSync(trace, 'utf8').matchAll(/(?:open|openat|execve)\([^"]*"([^"]+)".* = \d+$/gm),
    ]
      .map(([, path = '']) => path)
      .filter((path) => /\.(c?js|node|json|o|so(\.\d+)*)$|\/bin\/[^/]+$/.test(path));
    for (const needed of ['agent.js', 'sockscope.js', 'sockscope.node', 'verbs.js'])
      assert.ok(opened.includes(join(installFolder, needed)), `${needed}: ${opened.join(' ')}`);
    // sha256sum opens what the hash list names, in the folder of the copy.
    const isOfCopy = (path: string) => path.startsWith(`${installFolder}/`) || names.includes(path);
    const elsewhere = opened.filter((path) => !isOfCopy(path));
    for (const path of new Set(elsewhere)) assert.deepEqual(changeableByOthers(realpathSync(path)), [], path);
    rmSync(trace);
  });

  it('R9: no module is loaded from elsewhere, even if sudo passes the environment on', async () => {
    const { user } = stage;
    const ran = join(user.home, 'ran');
    const evil = `require('node:fs').appendFileSync(${JSON.stringify(ran)}, process.argv.join(' '));`;
    const folders = ['/', '/tmp', '/usr', '/usr/local', '/usr/local/lib', user.home, join(user.home, 'work')];
    const planted = folders.map((folder) => {
      const modules = join(folder === '/tmp' ? folder : copy.root.at(folder), 'node_modules');
      for (const name of ['vscode-jsonrpc', 'valibot', 'bindings', 'sockscope']) {
        mkdirSync(join(modules, name), { recursive: true });
        writeFileSync(join(modules, name, 'index.js'), evil);
      }
      return modules;
    });
    writeFileSync(join(user.home, 'evil.js'), evil);
    const rule = `/etc/sudoers.d/${user.name}-environment`;
    writeFileSync(rule, `Defaults:${user.name} !env_reset\n`, { mode: 0o440 });
    const environment = {
      HOME: user.home,
      NODE_PATH: folders.map((folder) => join(folder, 'node_modules')).join(':'),
      NODE_OPTIONS: `--require=${join(user.home, 'evil.js')}`,
    };
    const how = { environment, cwd: join(user.home, 'work') };
    try {
      assert.equal((await copy.sudo([process.execPath, '--eval', ''], how)).code, 0);
      assert.ok(existsSync(ran), 'sudo does pass the environment on');
      rmSync(ran);
      const serving = copy.sudo([installedCommand, 'agent', 'serve'], how);
      await until('it answers', async () => (await copy.asUser('agent', 'status')).code === 0);
      for (const words of [['list'], ['agent', 'stop']])
        assert.equal((await copy.asUser(...words)).code, 0, words.join(' '));
      assert.equal((await serving).code, 0);
      assert.equal(existsSync(ran), false);
    } finally {
      rmSync(rule);
      for (const modules of planted) rmSync(modules, { recursive: true });
    }
  });

  it('says that a copy of itself is no update, and refuses words that it does not know', async () => {
    const again = await copy.sudo([installedCommand, 'agent', 'install']);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /^That was the installed copy itself, so nothing is newer: /m);
    assert.doesNotMatch(await copy.installed(), /nothing is newer/);
    for (const words of [['doctor'], ['agent', 'status'], ['agent', 'stop']]) {
      const { code, stderr } = await copy.asUser(...words, 'more');
      assert.deepEqual([code, / takes .*, not "more"\n$/.test(stderr)], [2, true], stderr);
    }
  });

  it('says when a unit starts agents only later, and the command that takes it back', {
    skip: existsSync('/run/systemd/system') ? 'systemd runs here' : false,
  }, async () => {
    const stdout = await copy.installed(['--unit', stage.user.name]);
    const wants = copy.root.at('/etc/systemd/system/sockets.target.wants');
    assert.deepEqual(readdirSync(wants), [`sockscope@${stage.user.uid}.socket`]);
    const [, command = ''] =
      /^systemd does not run here\. Once it has booted .* To end that: sudo (.*)$/m.exec(stdout) ?? [];
    // Enabled as it is, nothing starts this agent again.
    assert.doesNotMatch(await withAgent(async () => {}), /systemd/);
    const { code, stderr } = await copy.sudo(command.split(' '));
    assert.equal(code, 0, stderr);
    assert.deepEqual(existsSync(wants) ? readdirSync(wants) : [], []);
  });

  it('shows what a user sees where root may not take another uid, and starts no agent there', async () => {
    const setpriv = ['setpriv', '--bounding-set=-setuid', '--inh-caps=-all', 'timeout', '60'];
    for (const [words, expected] of [
      [['list'], 0],
      [['doctor'], 0],
      [['agent', 'serve'], 13],
    ] as const) {
      const { code, stdout, stderr } = await copy.root.run([...setpriv, installedCommand, ...words]);
      assert.equal(code, expected, words.join(' '));
      // Of doctor it is a finding.
      assert.match(stdout + stderr, /root has no CAP_SETUID here, .*Start the agent on the host/);
      assert.doesNotMatch(stderr, /^ +at /m);
    }
  });

  it('says in one sentence that its output could not be written', async () => {
    for (const words of ['list', 'help', 'doctor --json']) {
      const { code, stderr } = await copy.root.run(['sh', '-c', `${installedCommand} ${words} > /dev/full`]);
      assert.equal(code, 1, words);
      assert.equal(stderr, 'sockscope: The output could not be written (ENOSPC), and is not complete\n');
    }
  });

  /** Uninstalls on a terminal, and answers the question. */
  const answered = (answer: string) =>
    copy.root.run([python, '-c', answersOnce, answer, installedCommand, 'agent', 'uninstall']);

  // The last one: the copy is gone afterwards.
  it('uninstalls nothing where the question about the log is left by Ctrl-C', async () => {
    mkdirSync(copy.root.at('/var/log/sockscope'), { recursive: true });
    const left = await answered('\x03');
    assert.match(left.stdout, /\nsockscope: Nothing was removed: /);
    assert.equal(left.code, 1);
    await assertStarts();
    const no = await answered('n\r');
    assert.equal(no.code, 0, no.stdout);
    assert.equal(existsSync(copy.at()), false);
    assert.ok(existsSync(copy.root.at('/var/log/sockscope')));
  });
});
