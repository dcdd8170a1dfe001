/** Real podman containers: their names, connections through a published port, and destroys inside them. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Namespace, Socket } from '../../agent/protocol';
import { assertAccepts, connectAll, type Pair } from '../helpers/pairs';
import { type Container, Podman } from '../helpers/podman';
import { until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { type CommandResult, Stage, withoutRoot } from '../helpers/stage';

/** Published by `web`, under the same number. */
const port = 8080;

describe('podman containers', { skip: withoutRoot }, () => {
  let stage: Stage;
  let podman: Podman | string;
  let web: Container;
  let twin: Container;
  let outside: Puppet;
  before(async () => {
    stage = new Stage();
    podman = await Podman.make(stage);
    if (typeof podman === 'string') return;
    [web, twin] = [await podman.container('web', `${port}`), await podman.container('twin')];
    outside = await stage.puppet();
    await stage.agent();
    await web.puppet.listen('published', { family: 'ipv4', address: '0.0.0.0', port });
  });
  after(() => stage?.close());

  /** Skipped, with the reason, where podman runs no containers. */
  function withPodman(name: string, work: (podman: Podman) => Promise<void>): void {
    it(name, (context) => (typeof podman === 'string' ? context.skip(podman) : work(podman)));
  }

  /** As root, who owns the containers, so that podman lists their names. */
  function asRoot({ environment }: Podman, ...words: string[]): Promise<CommandResult> {
    const serving = { SUDO_UID: String(stage.user.uid) };
    return stage.sockscope(words, { user: undefined, environment: { ...environment, ...serving } });
  }

  async function list(
    inside: Podman,
    ...words: string[]
  ): Promise<{ sockets: Socket[]; namespaces: Namespace[] }> {
    const { code, json, stderr } = await asRoot(inside, 'list', ...words, '--json');
    assert.equal(code, 0, stderr);
    return json;
  }

  async function one(inside: Podman, cookie: string): Promise<Socket> {
    const { sockets } = await list(inside, `cookie:${cookie}`);
    assert.equal(sockets.length, 1, `cookie:${cookie}`);
    return sockets[0] as Socket;
  }

  /** Connections from containers to the host, by container. */
  async function connectOut({ gateway }: Podman, listener: string): Promise<Record<'web' | 'twin', Pair>> {
    const place = { family: 'ipv4', loopback: gateway } as const;
    const { pairs, listening } = await connectAll(outside, web.puppet, place, listener, ['web']);
    const client = await twin.puppet.connect('twin', { family: 'ipv4', to: listening.local });
    return { ...pairs, twin: { client, server: await outside.accept('twin', listener) } };
  }

  /** From the host to the published port. */
  async function connectIn(name: string): Promise<Pair> {
    const client = await outside.connect(name, { family: 'ipv4', to: ['127.0.0.1', port] });
    return { client, server: await web.puppet.accept(name, 'published') };
  }

  withPodman('a socket has its container', async (podman) => {
    const pairs = await connectOut(podman, 'named');
    for (const { name, id, netns, puppet } of [web, twin]) {
      const socket = await one(podman, pairs[name as 'web' | 'twin'].client.cookie);
      assert.deepEqual(socket.container, { id, runtime: 'podman', name });
      assert.deepEqual([socket.netns, socket.owners.map(({ pid }) => pid)], [netns, [puppet.pid]]);
    }
    assert.equal((await one(podman, pairs.web.server.cookie)).container, null);
    const { stdout } = await asRoot(podman, 'list', `cookie:${pairs.web.client.cookie}`);
    assert.match(stdout, / in web(, peer .+)?$/m);
  });

  withPodman('container: matches by name and by the start of the id', async (podman) => {
    const listening = await twin.puppet.listen('filtered', { family: 'ipv4', address: '127.0.0.1' });
    for (const [{ name, id, netns }, has] of [
      [web, false],
      [twin, true],
    ] as const) {
      const { sockets } = await list(podman, `container:${name}`);
      assert.ok(sockets.length > 0);
      assert.ok(sockets.every((socket) => socket.netns === netns && socket.container?.id === id));
      assert.equal(
        sockets.some(({ cookie }) => cookie === listening.cookie),
        has,
      );
    }
    // A user who may not use this podman gets only the id.
    const { json } = await stage.sockscope(['list', `container:${twin.id.slice(0, 12)}`, '--json']);
    assert.ok(json.sockets.some(({ cookie }: Socket) => cookie === listening.cookie));
    assert.ok(json.sockets.every(({ container }: Socket) => container?.name === null));
  });

  withPodman('the network namespace is that of the container', async (podman) => {
    const { namespaces } = await list(podman, 'container:web');
    for (const { id, netns } of [web, twin]) {
      const { own, errno, container } = namespaces.find((namespace) => namespace.netns === netns) ?? {};
      assert.deepEqual([own, errno, container?.id, container?.runtime], [false, null, id, 'podman']);
    }
  });

  withPodman('a published port is held on the host by the monitor of the container', async (podman) => {
    const here = `net:${stage.netns.inode},${web.netns}`;
    const { sockets } = await list(podman, `:${port}`, 'state:listen', here);
    const seen = sockets.map(({ netns, local, owners, container }) => [
      netns,
      local.address,
      owners.map(({ name }) => name),
      container?.name ?? null,
    ]);
    assert.deepEqual(
      new Set(seen.map((each) => JSON.stringify(each))),
      new Set(
        [
          [stage.netns.inode, '127.0.0.1', ['conmon'], null],
          [web.netns, '0.0.0.0', ['python3'], 'web'],
        ].map((each) => JSON.stringify(each)),
      ),
    );
  });

  withPodman('a connection inside is destroyed by its cookie, its twin is not', async (podman) => {
    const pairs = await connectOut(podman, 'destroyed');
    const words = ['destroy', `cookie:${pairs.web.client.cookie}`, '--yes', '--json'];
    const refused = await stage.sockscope(words);
    assert.deepEqual([refused.code, refused.json.results[0].outcome], [3, 'denied'], 'a rootful container');
    await assertEchoes([web.puppet, 'web'], [outside, 'web']);
    const { code, json, stderr } = await asRoot(podman, ...words);
    assert.deepEqual([code, json?.results.length, json?.results[0].outcome], [0, 1, 'destroyed'], stderr);
    assert.equal(json.results[0].netns, web.netns);
    assert.equal(await web.puppet.errnoOf('receive', 'web'), 'ECONNABORTED');
    assert.equal(await outside.errnoOf('receive', 'web'), 'ECONNRESET');
    await assertEchoes([twin.puppet, 'twin'], [outside, 'twin']);
    await assertAccepts(outside, web.puppet, { family: 'ipv4', loopback: podman.gateway }, 'destroyed');
  });

  withPodman('both ends are peers through the published port', async (podman) => {
    const { client, server } = await connectIn('peers');
    const [near, far] = [await one(podman, client.cookie), await one(podman, server.cookie)];
    assert.notDeepEqual(near.remote, far.local, 'addresses are translated in between');
    assert.deepEqual([near.peer?.cookie, near.peer?.netns], [server.cookie, web.netns]);
    assert.deepEqual([far.peer?.cookie, far.peer?.netns], [client.cookie, stage.netns.inode]);
    assert.deepEqual(
      [near, far].map(({ peer }) => peer?.owners.map(({ pid }) => pid)),
      [[web.puppet.pid], [outside.pid]],
    );
  });

  withPodman('--end peer aborts behind the published port, and is denied to another user', async (podman) => {
    const victim = await connectIn('victim');
    await connectIn('bystander');
    const words = ['destroy', `cookie:${victim.client.cookie}`, '--end', 'peer', '--yes', '--json'];
    const refused = await stage.sockscope(words);
    assert.deepEqual([refused.code, refused.json.results[0].outcome], [3, 'denied']);
    await assertEchoes([outside, 'victim'], [web.puppet, 'victim']);

    const { code, json, stderr } = await asRoot(podman, ...words);
    assert.deepEqual([code, json?.results.length, json?.results[0].outcome], [0, 1, 'destroyed'], stderr);
    assert.deepEqual([json.results[0].cookie, json.results[0].netns], [victim.server.cookie, web.netns]);
    assert.equal(await outside.errnoOf('receive', 'victim'), 'ECONNRESET');
    assert.equal(await web.puppet.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([outside, 'bystander'], [web.puppet, 'bystander']);
    await connectIn('after');
    await assertEchoes([outside, 'after'], [web.puppet, 'after']);
  });

  withPodman('when the container is removed its sockets are gone', async (podman) => {
    await twin.puppet.listen('left', { family: 'ipv4', address: '127.0.0.1' });
    assert.ok((await list(podman, `container:${twin.id}`)).sockets.length > 0);
    await podman.remove(twin.name);
    // Another test's agent may be looking into its namespace, and have it live a moment longer, with what no process holds in it.
    await until('its sockets and its namespace are gone', async () => {
      const { sockets, namespaces } = await list(podman, `net:${twin.netns}`);
      return sockets.length === 0 && !namespaces.some(({ netns }) => netns === twin.netns);
    });
    assert.deepEqual((await list(podman, 'container:twin')).sockets, []);
    assert.ok((await list(podman, 'container:web')).sockets.length > 0);
  });
});
