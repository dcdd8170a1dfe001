/** A real podman container without privileges, into which the folder of the host's agent is mounted, for its root and for the user's uid. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connectAll, type Place } from '../helpers/pairs';
import { type Container, Podman } from '../helpers/podman';
import { Stage, withoutRoot } from '../helpers/stage';

const inside: Place = { family: 'ipv4', loopback: '127.0.0.1' };

describe('a container with the folder of the agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let podman: Podman | string;
  let dev: Container;
  let alone: Container;
  before(async () => {
    stage = new Stage();
    podman = await Podman.make(stage);
    if (typeof podman === 'string') return;
    await stage.agent();
    dev = await podman.mounting('dev', `/run/sockscope/${stage.user.uid}`);
    alone = await podman.container('alone');
  });
  after(() => stage?.close());

  /** Skipped, with the reason, where podman runs no containers. */
  function withPodman(name: string, work: (podman: Podman) => Promise<void>): void {
    it(name, (context) => (typeof podman === 'string' ? context.skip(podman) : work(podman)));
  }

  /** The client's end of a connection of the user's, on the host. */
  async function ofTheUser(name: string) {
    const [server, client] = [await stage.puppet(), await stage.puppet()];
    const { pairs } = await connectAll(server, client, inside, 'listener', [name, 'twin']);
    return { client, cookie: String(pairs[name]?.client.cookie) };
  }

  for (const who of ['root', 'user'] as const) {
    const uid = () => (who === 'root' ? 0 : stage.user.uid);

    withPodman(`${who}: destroys the user's connection, and not the container's own`, async (podman) => {
      const status = await podman.sockscope(dev.name, uid(), ['agent', 'status']);
      assert.match(status.stdout, new RegExp(`serves uid ${stage.user.uid}, scope mine`));

      const own = await dev.puppet.listen(`of ${who}`, { family: 'ipv4', address: '127.0.0.1' });
      const list = await podman.sockscope(dev.name, uid(), ['list', `cookie:${own.cookie}`, '--json']);
      assert.equal(JSON.parse(list.stdout).sockets.length, 1, list.stderr);
      const denied = await podman.sockscope(dev.name, uid(), [
        'destroy',
        `cookie:${own.cookie}`,
        '--include-listeners',
        '--yes',
      ]);
      assert.equal(denied.code, 3, denied.stdout + denied.stderr);

      const { client, cookie } = await ofTheUser('victim');
      const destroyed = await podman.sockscope(dev.name, uid(), ['destroy', `cookie:${cookie}`, '--yes']);
      assert.equal(destroyed.code, 0, destroyed.stderr);
      assert.equal(await client.errnoOf('receive', 'victim'), 'ECONNABORTED');
      assert.equal(await client.pending('twin'), null);
    });

    withPodman(`${who}: without it, is told how to mount it`, async (podman) => {
      const { code, stderr } = await podman.sockscope(alone.name, uid(), ['destroy', 'pid:1', '--yes']);
      assert.equal(code, 3);
      const folder = `/run/sockscope/${uid() || 1000}`;
      assert.match(stderr, new RegExp(`root has no .*CAP_NET_ADMIN.*--volume ${folder}:${folder}\\n$`));
    });
  }

  withPodman('root: without it, sees the processes of the container', async (podman) => {
    await alone.puppet.listen('server', { family: 'ipv4', address: '127.0.0.1', port: 3000 });
    const { code, stdout, stderr } = await podman.sockscope(alone.name, 0, ['why', '3000']);
    assert.equal(code, 0);
    assert.match(stdout, /python3\S* \(pid 1\)/);
    assert.match(stderr, /What an ordinary user sees/);
  });
});
