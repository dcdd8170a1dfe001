/** The life of the installed copy and its units under real systemd: used without a password by the user who is named, and gone at last. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { installFolder, launcher } from '../../agent/common/installed-files';
import { assertAccepts, connectAll, type Place, places } from '../helpers/pairs';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { type Finished, run, until } from '../helpers/programs';
import { assertEchoes, Puppet } from '../helpers/puppet';
import { python, stranger } from '../helpers/stage';

const installed = join(installFolder, launcher);
const [ipv4] = places as [Place];

describe('installed under systemd', () => {
  let user: PlainUser;
  let socketUnit: string;
  let serviceUnit: string;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    user = createPlainUser();
    socketUnit = `sockscope@${user.uid}.socket`;
    serviceUnit = `sockscope@${user.uid}.service`;
    const puppet = () => Puppet.start([python, resolve('test/helpers/victims/puppet.py')], { user });
    [server, peer] = [await puppet(), await puppet()];
  });
  after(async () => {
    for (const puppet of [server, peer]) await puppet?.stop();
    await user?.remove();
  });

  async function succeeds(command: readonly string[], options = {}): Promise<Finished> {
    const finished = await run(command, options);
    assert.equal(finished.code, 0, `${command.join(' ')}: ${finished.stdout}${finished.stderr}`);
    return finished;
  }

  const fromCheckout = (...words: string[]) => [process.execPath, resolve('dist/sockscope.js'), ...words];
  /** The command of the copy, as its user. */
  const asUser = (...words: string[]) => run([installed, ...words], { user });
  const stateOf = async (unit: string) => (await run(['systemctl', 'is-active', unit])).stdout.trim();
  const servicePid = async () =>
    Number((await succeeds(['systemctl', 'show', '--value', '--property=MainPID', serviceUnit])).stdout);
  const status = async () => JSON.parse((await asUser('agent', 'status', '--json')).stdout).agent;

  /** One connection of the user's, and the other lives. */
  async function destroysOne(name: string): Promise<void> {
    const { pairs } = await connectAll(server, peer, ipv4, name, ['victim', 'bystander']);
    const words = ['destroy', `cookie:${pairs.victim.client.cookie}`, '--yes', '--json'];
    const { code, stdout, stderr } = await asUser(...words);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).results[0].outcome, 'destroyed');
    assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await assertAccepts(server, peer, ipv4, name);
  }

  it('AppArmor is enforced, as Debian has it', () => {
    assert.match(readFileSync('/sys/kernel/security/lsm', 'utf8'), /\bapparmor\b/);
    assert.match(readFileSync('/sys/kernel/security/apparmor/profiles', 'utf8'), /\(enforce\)/);
  });

  it('is installed with the socket unit of a user, which listens before there is an agent', async () => {
    const { stdout } = await succeeds(fromCheckout('agent', 'install', '--unit', user.name));
    assert.match(stdout, /without a password/);
    assert.deepEqual([await stateOf(socketUnit), await stateOf(serviceUnit)], ['active', 'inactive']);
    await succeeds(['systemctl', 'is-enabled', '--quiet', socketUnit]);
    assert.ok(existsSync(agentSocketPath(user.uid)));
  });

  it('systemd starts the agent for the first client of the user, who types no password', async () => {
    await destroysOne('first');
    assert.equal(await stateOf(serviceUnit), 'active');
    const agent = await status();
    assert.deepEqual([agent.uid, agent.mode, agent.scope], [user.uid, 'agent', 'mine']);
  });

  it('the agent has given up its rights, and root is the broker alone', async () => {
    const { pid, brokerPid } = await status();
    const uidsOf = (of: number) =>
      /^Uid:\t(\d+)\t(\d+)/m.exec(readFileSync(`/proc/${of}/status`, 'utf8'))?.slice(1);
    const [own, effective] = uidsOf(pid) ?? [];
    assert.equal(own, effective);
    assert.ok(![0, user.uid].includes(Number(own)), own);
    assert.deepEqual(uidsOf(brokerPid), ['0', '0']);
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^CapEff:\t0+$/m);
  });

  it('another user is not served', async () => {
    const { code } = await run([installed, 'agent', 'status'], { user: stranger });
    assert.equal(code, 3);
  });

  it('what it did is in the journal, without the remote address', async () => {
    const query = ['--identifier=sockscope', '--output=json', `SOCKSCOPE_UID=${user.uid}`];
    const lines = await until('the journal has the act', async () => {
      const { stdout } = await run(['journalctl', ...query]);
      return stdout.split('\n').filter(Boolean);
    });
    const entries = lines.map((line) => JSON.parse(line));
    assert.ok(
      entries.some((entry) => [entry.SOCKSCOPE_ACT, entry.SOCKSCOPE_OUTCOME].join() === 'destroy,destroyed'),
      lines.join('\n'),
    );
    const { stdout } = await asUser('log', '--since', '1h');
    assert.match(stdout, /destroy/);
  });

  it('an agent that has ended is started again for the next client', async () => {
    const before = await servicePid();
    await asUser('agent', 'stop');
    await until('the service has ended', async () => (await stateOf(serviceUnit)) !== 'active');
    assert.equal(await stateOf(socketUnit), 'active');
    await destroysOne('second');
    assert.notEqual(await servicePid(), before);
  });

  it('an update replaces the copy, and the next agent is of the new one', async () => {
    await succeeds(fromCheckout('agent', 'install'));
    assert.equal(await stateOf(socketUnit), 'active');
    await succeeds(['systemctl', 'restart', serviceUnit]);
    await destroysOne('third');
  });

  it('a copy that was altered is not started', async () => {
    await succeeds(['systemctl', 'stop', serviceUnit]);
    await succeeds(['sh', '-c', `echo >> ${join(installFolder, 'agent.js')}`]);
    await run(['systemctl', 'start', serviceUnit]);
    await until('the service has failed', async () => (await stateOf(serviceUnit)) !== 'active');
    const { stdout } = await run(['journalctl', `--unit=${serviceUnit}`, '--output=cat']);
    assert.match(stdout, /are not those that were installed/);
    await succeeds(fromCheckout('agent', 'install'));
  });

  it('uninstall removes copy, units, socket and agent', async () => {
    await run(['systemctl', 'reset-failed', socketUnit, serviceUnit]);
    await run(['systemctl', 'start', socketUnit]);
    await destroysOne('fourth');
    const { pid } = await status();
    await succeeds([installed, 'agent', 'uninstall', '--logs', 'remove']);
    for (const path of [installFolder, agentSocketPath(user.uid), '/var/log/sockscope', `/proc/${pid}`])
      assert.equal(existsSync(path), false, path);
    const { stdout } = await run(['systemctl', 'list-unit-files', '--no-legend', 'sockscope@*']);
    assert.equal(stdout, '');
  });
});
