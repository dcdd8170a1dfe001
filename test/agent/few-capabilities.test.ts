/**
 * Root with the capabilities of a container: it sees what an ordinary user sees, is told what it lacks, and works through an agent of the
 * host, whose folder is mounted, within the scope of the user whom that serves.
 */

import assert from 'node:assert/strict';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StartExit } from '../../agent/common/start-exit';
import { connectAll, type Place, places } from '../helpers/pairs';
import type { Puppet } from '../helpers/puppet';
import { type CommandResult, Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** Docker's, without more. */
const kept =
  'chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap';
const contained = [
  'setpriv',
  '--inh-caps=-all',
  `--bounding-set=-all,${kept.replace(/(^|,)/g, '$1+')}`,
  '--',
];

/** In a mount namespace of its own, /run/sockscope has the folder `$1` alone, if it is given, as `$0`. */
const mounting = `
set -e
uid=$0 folder=$1
shift
[ -z "$folder" ] || mount --bind "$folder" /mnt
mount -t tmpfs -o mode=755 tmpfs /run/sockscope
if [ -n "$folder" ]; then
  mkdir -m 755 "/run/sockscope/$uid"
  mount --bind /mnt "/run/sockscope/$uid"
fi
exec "$@"`;

/** `folder`: which one is mounted. */
function container(uid: number, folder = ''): string[] {
  const ownMounts = ['unshare', '--mount', '--propagation=private', '--', 'sh', '-c', mounting];
  return [...ownMounts, String(uid), folder, ...contained];
}

describe('root with few capabilities', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let client: Puppet;
  let uid: number;
  before(async () => {
    stage = new Stage();
    ({ uid } = stage.user);
    await stage.agent();
    const inside = { user: undefined, through: contained };
    [server, client] = [await stage.puppet(inside), await stage.puppet(inside)];
  });
  after(() => stage?.close());

  const hostFolder = () => `/run/sockscope/${uid}`;

  function run(words: readonly string[], through = container(uid)): Promise<CommandResult> {
    return stage.sockscope(words, { user: undefined, through });
  }

  /** The client's end of a connection between processes of the container's root. */
  async function connection(name: string): Promise<string> {
    const { pairs } = await connectAll(server, client, ipv4, `listener of ${name}`, [name]);
    return String(pairs[name]?.client.cookie);
  }

  it('sees its own processes, and hears what it lacks', async () => {
    const cookie = await connection('seen');
    const { code, json, stderr } = await run(['list', `cookie:${cookie}`, '--json']);
    assert.equal(code, 0);
    assert.deepEqual(
      json.sockets[0].owners.map(({ pid }: { pid: number }) => pid),
      [client.pid],
    );
    assert.match(
      stderr,
      /^sockscope: What an ordinary user sees, as root has no CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF here, as in most containers\. Start the agent on the host .+, and mount the folder .+: --volume \S+\n$/,
    );
    const why = await run(['why', String((await server.info('listener of seen')).local[1])]);
    assert.equal(why.code, 0);
    assert.match(why.stdout, new RegExp(`pid ${server.pid}\\b`));
  });

  it('is refused to act, with what it lacks and what to do', async () => {
    const cookie = await connection('kept');
    for (const words of [
      ['destroy', `cookie:${cookie}`, '--yes'],
      ['outage', `pid:${client.pid}`, '--for', '1s', '--yes'],
    ]) {
      const { code, stdout, stderr } = await run(words);
      assert.deepEqual([code, stdout], [3, '']);
      assert.match(
        stderr,
        /^sockscope: No agent runs\. No agent can start here: root has no CAP_NET_ADMIN, .+--volume \S+\n$/,
      );
    }
    assert.equal(await client.pending('kept'), null);
  });

  it('starts no agent that could do nothing', async () => {
    const { code, stderr } = await run(['agent', 'serve']);
    assert.equal(code, StartExit.refused);
    assert.match(stderr, /^The agent cannot work here: root has no CAP_NET_ADMIN, .+--volume \S+\n$/);
  });

  it('has a doctor that says so, in 30 lines at most', async () => {
    const { code, stdout, stderr } = await run(['doctor']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout.match(/root has no CAP_NET_ADMIN/g)?.length, 1, stdout);
    assert.match(stdout, /^no {2}sudo +No agent can start here: root has no CAP_NET_ADMIN, /m);
    assert.ok(stdout.split('\n').length <= 31, stdout);
  });

  it('uses the agent of the host, whose folder is mounted, within the scope of its user', async () => {
    const mounted = container(uid, hostFolder());
    const status = await run(['agent', 'status', '--json'], mounted);
    assert.deepEqual([status.json.agent.uid, status.json.agent.scope], [uid, 'mine']);

    const cookie = await connection('of root');
    const denied = await run(['destroy', `cookie:${cookie}`, '--yes', '--json'], mounted);
    assert.equal(denied.code, 3, denied.stdout);
    assert.deepEqual(
      denied.json.results.map(({ outcome }: { outcome: string }) => outcome),
      ['denied'],
    );
    assert.equal(await client.pending('of root'), null);

    const [far, near] = [await stage.puppet(), await stage.puppet()];
    const { pairs } = await connectAll(far, near, ipv4, 'listener', ['of the user', 'twin']);
    const destroyed = await run(
      ['destroy', `cookie:${pairs['of the user'].client.cookie}`, '--yes'],
      mounted,
    );
    assert.equal(destroyed.code, 0, destroyed.stderr);
    assert.equal(await near.errnoOf('receive', 'of the user'), 'ECONNABORTED');
    assert.equal(await near.pending('twin'), null);
  });

  it('does not use one whose folder somebody else could have made', async () => {
    const folder = join(stage.user.home, 'forged');
    mkdirSync(folder);
    chownSync(folder, uid, uid);
    const { code, stdout, stderr } = await run(['agent', 'status'], container(uid, folder));
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(stderr, new RegExp(`/run/sockscope/${uid} belongs to user ${uid} and not to root`));
  });

  it('does not use it where root of the host is nobody, as in a rootless container', async () => {
    const through = ['unshare', '--user', '--map-root-user', '--'];
    const { code, stdout } = await stage.sockscope(['agent', 'status'], {
      through,
      environment: { SUDO_UID: String(uid) },
    });
    assert.equal(code, 3);
    assert.ok(stdout.startsWith(`No agent serves uid ${uid}. No agent can start here: `), stdout);
  });

  it("has no part in the user's own use of that folder", async () => {
    const asUser = ['setpriv', `--reuid=${uid}`, `--regid=${stage.user.gid}`, '--clear-groups', '--'];
    const { code, json } = await run(
      ['agent', 'status', '--json'],
      [...container(uid, hostFolder()), ...asUser],
    );
    assert.deepEqual([code, json.agent.uid, json.agent.scope], [0, uid, 'mine']);
    const alone = await run(['agent', 'status'], [...container(uid), ...asUser]);
    assert.equal(alone.code, 3);
    assert.match(
      alone.stdout,
      /^No agent serves uid \d+\. No agent can start here: root has no CAP_NET_ADMIN, /,
    );
  });
});
