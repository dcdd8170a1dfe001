/**
 * What counts as carrying a session is what it says: found by the broker, whatever the agent claims, and spared by outages. With real
 * programs, of two users.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { BrokerChannel } from '../../agent/broker-link/broker-channel';
import { monotonic } from '../../agent/broker-link/clock';
import { forkBroker } from '../../agent/broker-link/native';
import { encodePids, type OutageRule } from '../../agent/broker-link/outage-records';
import { caller } from '../helpers/caller';
import { descendantsOf } from '../helpers/holders/descendants';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import type { Address, Puppet } from '../helpers/puppet';
import { openSshSession, withoutSsh } from '../helpers/ssh';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
/** Of scripts/vscode-server. */
const editor = resolve('build/vscode-server');
/** The number that the request to spare named processes had. */
const spareRequest = 18;

describe('session carriers', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let held: Address;
  let server: Puppet;
  let rootsFile: string;
  let usersFile: string;
  before(async () => {
    stage = new Stage();
    broker = new Broker(forkBroker(stage.user.uid, false));
    stage.onClose(() => broker.close());
    server = await stage.puppet();
    held = (await connectAll(server, await stage.puppet(), ipv4, 'held', ['stays'])).listening.local;
    rootsFile = join(stage.folder, 'sshd');
    copyFileSync(python, rootsFile);
    usersFile = join(stage.user.home, 'sshd');
    copyFileSync(python, usersFile);
    chownSync(usersFile, stage.user.uid, stage.user.gid);
  });
  after(() => stage?.close());

  /** Longer than it is waited for. */
  const rule = (): OutageRule => ({
    fault: 'refused',
    expiresAt: monotonic() + 600_000,
    holdMs: null,
    netns: stage.netns.inode,
    uid: null,
    subordinates: [],
    protocol: 'tcp',
    address: null,
    port: held[1],
    pids: null,
    cookies: [],
    loss: null,
  });
  const attempt = (puppet: Puppet) => puppet.connectErrno('attempt', { family: 'ipv4', to: held });
  const carries = async ({ pid = 0 }: { readonly pid?: number | undefined }) =>
    (await broker.carriers([pid]))[0];

  async function whileHeld(use: () => Promise<void>, by = broker): Promise<void> {
    await by.setOutage(caller, 0, rule());
    try {
      await use();
    } finally {
      await by.clearOutage(caller, 0);
    }
  }

  it('with scope all, a mount of another user makes no other program of root a session', async () => {
    const all = new Broker(forkBroker(stage.user.uid, true));
    const name = join(tmpdir(), `sockscope-forged-${process.pid}`, 'sshd');
    mkdirSync(dirname(name), { mode: 0o755 });
    writeFileSync(name, '', { mode: 0o755 });
    const mount = `mount --bind ${realpathSync(python)} ${name} && echo mounted && exec cat`;
    const user = stranger;
    const mounter = start(['unshare', '-Ur', '-m', 'sh', '-c', mount], { user }, { stdio: 'pipe' });
    try {
      assert.ok(mounter.stdout);
      await once(mounter.stdout, 'data');
      const forged = await stage.puppet({ user }, join('/proc', String(mounter.pid), 'root', name));
      assert.equal(readlinkSync(`/proc/${forged.pid}/exe`), name);
      const real = await stage.puppet({ user }, rootsFile);
      assert.deepEqual(await all.carriers([forged.pid, real.pid]), [false, true]);
    } finally {
      await end(mounter);
      rmSync(dirname(name), { recursive: true });
      all.close();
    }
  });

  it('no request names a process to be spared', async () => {
    const plain = await stage.puppet();
    const handle = forkBroker(stage.user.uid, false);
    const channel = new BrokerChannel(handle.control, handle.pid);
    try {
      await assert.rejects(channel.request(spareRequest, encodePids([plain.pid])), /EINVAL/);
    } finally {
      channel.close();
    }
    await whileHeld(async () => assert.equal(await attempt(plain), 'ECONNREFUSED'));
  });

  it("a program of root's is one, run by the user; it is spared, also if it starts while the outage runs", async () => {
    const before = await stage.puppet({}, rootsFile);
    assert.equal(await carries(before), true);
    await whileHeld(async () => {
      assert.equal(await attempt(before), null);
      const later = await stage.puppet({}, rootsFile);
      // By the broker's own clock: it gets no request meanwhile.
      await until('it is spared', async () => (await attempt(later)) === null);
      await later.stop();
    });
    await before.stop();
  });

  it("a program of the user's own that is called sshd is none, and is held down", async () => {
    const copied = await stage.puppet({}, usersFile);
    assert.match(readFileSync(`/proc/${copied.pid}/comm`, 'utf8'), /^sshd$/m);
    assert.equal(await carries(copied), false);
    await whileHeld(async () => assert.equal(await attempt(copied), 'ECONNREFUSED'));
    await copied.stop();
  });

  it("a program with the name alone is none, nor is root's in a user namespace of one's own, or another user's", async () => {
    const named = await stage.victim([
      python,
      '-c',
      `import ctypes, runpy; ctypes.CDLL(None).prctl(15, b"sshd"); runpy.run_path("${stage.folder}/puppet.py", run_name="__main__")`,
    ]);
    const inside = await stage.victim([rootsFile, join(stage.folder, 'puppet.py')], {
      through: ['unshare', '--user', '--map-current-user'],
    });
    assert.match(readFileSync(`/proc/${named.pid}/comm`, 'utf8'), /^sshd$/m);
    const other = await stage.puppet({ user: stranger }, rootsFile);
    assert.deepEqual(await broker.carriers([named, inside, other].map(({ pid }) => pid)), [
      false,
      false,
      false,
    ]);
    await whileHeld(async () => {
      assert.deepEqual([await attempt(named), await attempt(inside)], ['ECONNREFUSED', 'ECONNREFUSED']);
    });
    const all = new Broker(forkBroker(stage.user.uid, true));
    assert.deepEqual(await all.carriers([named, inside, other].map(({ pid }) => pid)), [false, false, true]);
    all.close();
    for (const puppet of [named, inside, other]) await puppet.stop();
  });

  it('pid 1, agent and broker are carriers, and what does not exist is none', async () => {
    assert.deepEqual(await broker.carriers([1, process.pid, broker.pid, 0, 4_194_305]), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('a real sshd is one, with its processes for a connection', { skip: withoutSsh }, async () => {
    const { daemon } = await openSshSession(stage, 5222);
    const processes = [daemon, ...descendantsOf(daemon)].filter((pid) => programOf(pid).startsWith('sshd'));
    assert.ok(processes.length > 1, String(processes.length));
    const expected = processes.map(() => true);
    assert.deepEqual(await broker.carriers(processes), expected);
  });

  it('a real VS Code server is one', {
    skip: existsSync(editor) ? false : 'build/vscode-server is not installed',
  }, async () => {
    const folder = join(stage.user.home, 'server');
    execFileSync('cp', ['-al', editor, folder]);
    const data = join(stage.user.home, 'data');
    const args = [
      '--accept-server-license-terms',
      '--server-data-dir',
      data,
      '--host',
      '127.0.0.1',
      '--port',
      '5223',
    ];
    const program = [join(folder, 'node'), join(folder, 'server/out/server-main.js'), ...args];
    const around = { user: stage.user, netns: stage.netns, environment: { HOME: stage.user.home } };
    const child = start([...program, '--without-connection-token'], around, { stdio: 'ignore' });
    stage.onClose(() => end(child));
    const client = await stage.puppet();
    await until('it listens', async () => {
      const errno = await client.connectErrno('editor', { family: 'ipv4', to: ['127.0.0.1', 5223] });
      return errno === null;
    });
    assert.equal(await carries(child), true);
  });
});

function programOf(pid: number): string {
  return basename(readlinkSync(`/proc/${pid}/exe`));
}
