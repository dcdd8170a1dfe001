/** The agent's own uid: what its user cannot do to it, how it is chosen, and that the agent works without the user's rights. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { lockFile } from '../../agent/broker-link/native';
import { listPage } from '../../agent/client/list-all';
import { StartExit } from '../../agent/common/start-exit';
import {
  agentStatus,
  ErrorCode,
  inspectProcess,
  rootGroup,
  setView,
  signalProcess,
} from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import { AgentProcess } from '../helpers/agent-process';
import { checksOf } from '../helpers/checks';
import { end, run, start, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { idsOf } from '../helpers/threads';

/** Prints an errno name, or "done", for each attempt on the process argv[1]. */
const attempts = `
import ctypes, errno, json, os, resource, signal, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)

def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), '')

def read(file, size):
    with open(f'/proc/{pid}/{file}', 'rb') as opened:
        opened.read(size)

tries = {
    'kill 0': lambda: os.kill(pid, 0),
    'SIGSTOP': lambda: (os.kill(pid, signal.SIGSTOP), os.kill(pid, signal.SIGCONT)),
    'SIGUSR1': lambda: os.kill(pid, signal.SIGUSR1),
    'prlimit': lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (40, 40)),
    'PTRACE_SEIZE': lambda: call(libc.ptrace(0x4206, pid, 0, 0)),
    'priority': lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
    'affinity': lambda: os.sched_setaffinity(pid, {0}),
    'environ': lambda: read('environ', 1),
    'mem': lambda: read('mem', 1),
    'fd': lambda: os.listdir(f'/proc/{pid}/fd'),
    'cwd': lambda: os.readlink(f'/proc/{pid}/cwd'),
    'SIGTERM': lambda: os.kill(pid, signal.SIGTERM),
}

def outcome(attempt):
    try:
        attempt()
        return 'done'
    except OSError as error:
        return errno.errorcode[error.errno]

print(json.dumps({name: outcome(attempt) for name, attempt in tries.items()}))
`;

/** Pids of processes that were started with this variable, or are children of such. */
function withEnvironment(variable: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
    } catch {
      return false; // It has ended.
    }
  });
}

describe('the own uid of an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  const started: AgentProcess[] = [];
  afterEach(async () => {
    for (const agent of started.splice(0)) await agent.stop();
  });

  async function startAgent(served = stage.user as { uid: number; gid: number }, folder = stage.folder) {
    const agent = await AgentProcess.start(join(folder, 'agent.js'), [], served, { netns: stage.netns });
    started.push(agent);
    return agent;
  }

  /** The uid that the next agent of the stage's user has if nothing is in its way. */
  async function usualUid(): Promise<number> {
    const agent = await startAgent();
    const { uid } = idsOf(agent.pid);
    await agent.stop();
    return uid;
  }

  it('its user, and another one, can neither signal, stop, limit, trace nor inspect it', async () => {
    const agent = await startAgent();
    for (const user of [stage.user, stranger]) {
      const { stdout, stderr } = await run([python, '-c', attempts, String(agent.pid)], { user });
      const outcomes = Object.entries(JSON.parse(stdout || '{}'));
      assert.equal(outcomes.length, 12, stderr);
      for (const [name, outcome] of outcomes)
        assert.ok(outcome === 'EPERM' || outcome === 'EACCES', `${name}: ${outcome}`);
    }
    assert.equal((await (await agent.client()).request(agentStatus, {})).pid, agent.pid);
  });

  it('two agents for two users have two uids', async () => {
    const other = { uid: stranger.uid + 1, gid: stranger.gid + 1 };
    const agents = [await startAgent(), await startAgent(stranger), await startAgent(other)];
    assert.equal(new Set(agents.map(({ pid }) => idsOf(pid).uid)).size, 3);
    for (const { uid } of [stranger, other])
      stage.onClose(() => rmSync(`/run/sockscope/${uid}`, { recursive: true }));
  });

  it('a process that has the uid, as any of its ids, makes the next agent take another one', async () => {
    const usual = await usualUid();
    const { uid, gid } = stranger;
    const rights = [
      [`--reuid=${usual}`, `--regid=${gid}`, '--clear-groups'],
      [`--reuid=${uid}`, `--regid=${usual}`, '--clear-groups'],
      [`--reuid=${uid}`, `--regid=${gid}`, `--groups=${usual}`],
      [`--ruid=${usual}`, `--euid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ];
    for (const words of rights) {
      const leftOver = start(['setpriv', ...words, '--', 'sleep', '60'], {}, { stdio: 'ignore' });
      try {
        await until(
          'the process has its ids',
          () => leftOver.pid !== undefined && idsOf(leftOver.pid).gid !== 0,
        );
        const agent = await startAgent();
        assert.notEqual(idsOf(agent.pid).uid, usual, words.join(' '));
        await agent.stop();
      } finally {
        await end(leftOver);
      }
    }
  });

  it('a locked one is skipped, and the agent holds the lock of its own until it ends', async () => {
    const usual = await usualUid();
    const fd = openSync(`/run/sockscope/uids/${usual}`, 'r+');
    try {
      assert.equal(lockFile(fd), true);
      const agent = await startAgent();
      const { uid } = idsOf(agent.pid);
      assert.notEqual(uid, usual);
      const own = openSync(`/run/sockscope/uids/${uid}`, 'r+');
      assert.equal(lockFile(own), false);
      process.kill(agent.pid, 'SIGKILL');
      await until('the lock is free', () => lockFile(own));
      closeSync(own);
    } finally {
      closeSync(fd);
    }
  });

  /**
   * With a /run/systemd of its own, as if systemd ran and had given the uid LOCKED to a service: the lock is that of another process, as
   * the agent closes what it inherits.
   */
  const withSystemd = `
    mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/system /run/systemd/dynamic-uid
    exec 9> /run/systemd/dynamic-uid/$LOCKED && flock 9
    sh -c 'while kill -0 "$0" 2>/dev/null; do sleep 0.1; done' $$ &
    exec "$@"`;

  it('where systemd runs, one that systemd has locked is skipped, and its lock is held, too', {
    skip: existsSync('/run/systemd') ? false : 'there is no /run/systemd to mount over',
  }, async () => {
    const usual = await usualUid();
    const serve = [process.execPath, join(stage.folder, 'agent.js'), 'serve'];
    const environment = { SUDO_UID: String(stage.user.uid), LOCKED: String(usual) };
    const child = start(
      ['unshare', '--mount', 'sh', '-ec', withSystemd, 'sh', ...serve],
      { netns: stage.netns, environment },
      { stdio: 'ignore' },
    );
    try {
      await until('it serves', async () => (await stage.sockscope(['agent', 'status'])).code === 0);
      assert.ok(child.pid);
      const { uid } = idsOf(child.pid);
      assert.notEqual(uid, usual);
      const held = openSync(`/proc/${child.pid}/root/run/systemd/dynamic-uid/${uid}`, 'r+');
      assert.equal(lockFile(held), false);
      await end(child, 'SIGTERM');
      assert.equal(lockFile(held), true);
      closeSync(held);
    } finally {
      await end(child, 'SIGTERM');
    }
  });

  it('where no such uid is mapped, it says so and does not start', async () => {
    const command = [
      'unshare',
      '--user',
      '--map-root-user',
      process.execPath,
      join(stage.folder, 'agent.js'),
    ];
    const refusals = [
      ['serve', /no uid from 61184 to 65519 for the agent here/],
      ['direct', /uid of its own between 61184 and 65519, and this user namespace has none/],
    ] as const;
    for (const [mode, refusal] of refusals) {
      const environment = { SST_REFUSED: stage.netns.name };
      const { code, stderr } = await run([...command, mode], { netns: stage.netns, environment });
      assert.equal(code, StartExit.refused, stderr);
      assert.match(stderr, refusal);
      // It may have been forked before.
      await until(
        'the broker has ended',
        () => withEnvironment(`SST_REFUSED=${stage.netns.name}`).length === 0,
      );
    }
  });

  describe('once it has it', () => {
    let agent: AgentProcess;
    let puppet: Puppet;
    before(async () => {
      puppet = await stage.puppet();
      await puppet.listen('shown', { family: 'ipv4', address: '127.0.0.1' });
    });

    /** An agent whose program was in a folder closed to others, and is gone. */
    async function startWithoutProgram(): Promise<AgentProcess> {
      const folder = join(stage.user.home, 'closed');
      mkdirSync(folder, { mode: 0o700 });
      chmodSync(stage.user.home, 0o700);
      for (const file of ['agent.js', 'agent-server.js', 'sockscope.node'])
        copyFileSync(join(stage.folder, file), join(folder, file));
      const running = await startAgent(stage.user, folder);
      rmSync(folder, { recursive: true });
      return running;
    }

    it('it needs no file of its program: every kind of request works, and fails, without them', async () => {
      agent = await startWithoutProgram();
      const client = await agent.client();
      const { sockets } = await listPage(client, { filter: `pid:${puppet.pid}` });
      assert.equal(sockets.length, 1);
      const failed = (await checksOf(client)).filter(({ ok }) => !ok);
      // It lay where others may write.
      assert.deepEqual(
        failed.map(({ name }) => name),
        ['program'],
      );
      const lost = { pid: puppet.pid, startTime: '1' };
      await assert.rejects(client.request(inspectProcess, lost), { code: ErrorCode.notFound });
      const asked = { ...lost, signal: 'TERM', graceMs: 0 } as const;
      assert.equal((await client.request(signalProcess, asked)).outcome, 'gone');
    });

    it("it shows the working directory of its user's process, and what runs in a workspace", async () => {
      agent = await startAgent();
      const client = await stage.clientOfUser();
      const { pid } = puppet;
      const id = { pid, startTime: startTimeOf(pid) };
      assert.equal((await client.request(inspectProcess, id)).workingDirectory, process.cwd());
      const shownIn = (view: number, folder: string, show: 'workspace' | 'everything') =>
        client.request(setView, {
          view,
          filter: `pid:${pid}`,
          show,
          groupBy: 'process',
          workspace: { roots: [], folders: [folder] },
          open: { [rootGroup]: 10 },
        });
      assert.equal((await shownIn(1, process.cwd(), 'workspace')).shown, 1);
      assert.equal((await shownIn(1, '/nowhere', 'workspace')).shown, 0);
      assert.equal((await shownIn(2, '/nowhere', 'everything')).shown, 1);
      assert.equal((await shownIn(2, process.cwd(), 'workspace')).shown, 1);
    });
  });
});
