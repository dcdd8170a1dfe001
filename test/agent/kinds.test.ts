/** Sockets that no engine can destroy are listed, marked, and refused with the reason. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import {
  agentStatus,
  closeView,
  type Protocol,
  rootGroup,
  type Socket,
  setView,
  unpackChange,
} from '../../agent/protocol';
import { withoutKfunc } from '../helpers/engines';
import { places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne } from '../helpers/targets';
import { WatchCommand } from '../helpers/watching';

describe('kinds of sockets', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent(['--scope', 'all'])).client();
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  /** By every engine, in a dry run and in a destroy. */
  async function assertUnsupported(socket: Socket, reason: RegExp): Promise<void> {
    assert.match(socket.unsupportedReason ?? '', reason);
    const words = ['destroy', `cookie:${socket.cookie}`, '--include-listeners', '--json'];
    const { json } = await stage.sockscope([...words, '--dry-run']);
    assert.deepEqual([json.plan.length, json.plan[0].act], [1, 'unsupported']);
    assert.match(json.plan[0].message, reason);
    for (const engine of ['auto', 'bpf', 'sock_diag'] as const) {
      const result = await destroyOne(client, socket, { engine, includeListeners: true });
      assert.deepEqual([result.outcome, result.engine], ['unsupported', null], result.message);
      assert.match(result.message, reason);
    }
    const { stdout } = await stage.sockscope(['list', `cookie:${socket.cookie}`]);
    assert.match(stdout, /not destroyable/);
  }

  function assertHeldBy(socket: Socket, protocol: Protocol, pid: number): void {
    assert.equal(socket.protocol, protocol);
    assert.deepEqual(
      socket.owners.map((owner) => owner.pid),
      [pid],
    );
    assert.deepEqual([socket.netns, socket.kernel], [stage.netns.inode, false]);
  }

  const scansOfAll = async () => (await client.request(agentStatus, {})).wholeScans;

  /** The cookies of the rows of the tree, sorted. */
  async function rowsInTree(filter: string): Promise<string[]> {
    const group = `namespace/${stage.netns.inode}`;
    const packed = await client.request(setView, {
      view: 1,
      filter,
      show: 'everything',
      groupBy: 'container',
      workspace: { roots: [], folders: [] },
      open: { [rootGroup]: 10, [group]: 100 },
    });
    await client.request(closeView, { view: 1 });
    const change = unpackChange(packed);
    return (change.rows[group]?.set ?? []).map(({ socket }) => socket.cookie).sort();
  }

  for (const { family, loopback } of places) {
    it(`UDP-Lite, ${family}`, async (t) => {
      const binding = { family, protocol: 'udplite', address: loopback } as const;
      const bound = await orSkip(t, server.bind(`lite ${family}`, binding));
      if (!bound) return;
      const near = await peer.connect(`lite ${family}`, { family, protocol: 'udplite', to: bound.local });
      for (const [described, puppet] of [
        [bound, server],
        [near, peer],
      ] as const) {
        const socket = await findOne(client, `cookie:${described.cookie} proto:udplite`);
        assertHeldBy(socket, 'udplite', puppet.pid);
        assert.deepEqual([socket.local.address, socket.local.port], described.local);
        await assertUnsupported(socket, /UDP-Lite/);
      }
      await peer.send(`lite ${family}`, 'lives');
      assert.equal((await server.receive(`lite ${family}`)).text, 'lives');
    });

    it(`raw, ${family}`, async () => {
      const root = await stage.puppet({ user: undefined });
      const { cookie } = await root.bind('raw', { family, protocol: 'raw', address: loopback });
      const socket = await findOne(client, `cookie:${cookie}`);
      assertHeldBy(socket, 'raw', root.pid);
      assert.deepEqual(socket.local, { address: loopback, port: 253 }, 'the port is the IP protocol');
      const scansBefore = await scansOfAll();
      assert.equal((await findOne(client, `port:253 cookie:${cookie}`)).cookie, cookie);
      assert.equal(await scansOfAll(), scansBefore, 'the kernel selects it by that');
      await assertUnsupported(socket, /raw socket/);
    });

    it(`MPTCP, ${family}`, async (t) => {
      const making = { family, protocol: 'mptcp' } as const;
      const watching = await WatchCommand.start(stage, [
        '--json',
        `net:${stage.netns.inode}`,
        'proto:tcp,mptcp',
      ]);
      const listening = await orSkip(t, server.listen(`mp ${family}`, { ...making, address: loopback }));
      if (!listening) return;
      await peer.connect(`mp ${family}`, { ...making, to: listening.local });
      await server.accept(`mp' ${family}`, `mp ${family}`);
      const port = listening.local[1];
      const found = (await listAll(client, `addr:${port}`)).sockets;
      const whole = found.filter(({ protocol }) => protocol === 'mptcp');
      assert.deepEqual(whole.map(({ state }) => state).sort(), ['established', 'established', 'listen']);
      assert.equal(found.length, 3, 'one row each');
      const paths = (await listAll(client, `addr:${port} proto:tcp`)).sockets;
      assert.equal(paths.length, 3, 'its paths are found where they are asked for');
      const [near] = whole.filter(({ remote }) => remote?.port === port);
      const [far] = paths.filter(({ local, state }) => local.port === port && state === 'established');
      assert.deepEqual([near?.peer?.cookie, near?.peer?.owners[0]?.pid], [far?.cookie, server.pid]);
      for (const socket of whole) {
        assertHeldBy(socket, 'mptcp', socket.remote?.port === port ? peer.pid : server.pid);
        await assertUnsupported(socket, /MPTCP/);
      }
      for (const path of paths) {
        assertHeldBy(path, 'tcp', path.remote?.port === port ? peer.pid : server.pid);
        await assertUnsupported(path, /path of an MPTCP socket/);
      }
      assert.deepEqual(await rowsInTree(`addr:${port}`), whole.map(({ cookie }) => cookie).sort());
      await assertEchoes([peer, `mp ${family}`], [server, `mp' ${family}`]);
      for (const { cookie } of whole) {
        const { socket } = await watching.added({ cookie });
        assert.equal(socket.protocol, 'mptcp');
      }
      for (const { cookie } of paths) assert.deepEqual(watching.of({ cookie }), [], 'and one in a watch');
      await watching.stop();
    });
  }

  it("a tunnel's socket belongs to the kernel and is refused", async (t) => {
    const ip = ['-n', stage.netns.name];
    try {
      execFileSync(
        'ip',
        [...ip, 'link', 'add', 'vx', 'type', 'vxlan', 'id', '7', 'dstport', '4789', 'dev', 'lo'],
        {
          stdio: 'pipe',
        },
      );
    } catch (error) {
      return t.skip(`this kernel makes no vxlan device: ${String(error)}`);
    }
    execFileSync('ip', [...ip, 'link', 'set', 'vx', 'up']);
    const udp = await server.bind('udp', { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' });
    const found = (await listAll(client, `net:${stage.netns.inode} :4789 proto:udp`)).sockets;
    assert.ok(found.length >= 1);
    // Without the kfunc there is no walk that tells them from those of hidden processes, which are protected as well.
    const isTold = !withoutKfunc;
    for (const socket of found) {
      assert.deepEqual([socket.kernel, socket.lifeline, socket.owners], [isTold, !isTold, []]);
      const { stdout } = await stage.sockscope(['list', `cookie:${socket.cookie}`]);
      if (isTold) assert.match(stdout, / - +\d+ +kernel$/m);
      for (const engine of ['auto', 'bpf', 'sock_diag'] as const) {
        const { outcome, message } = await destroyOne(client, socket, { engine });
        assert.deepEqual([outcome, /to the kernel itself/.test(message)], ['protected', isTold], message);
      }
    }
    assert.equal((await findOne(client, `cookie:${udp.cookie}`)).kernel, false);
    const after = (await listAll(client, `net:${stage.netns.inode} :4789 proto:udp`)).sockets;
    assert.equal(after.length, found.length);
  });
});

/** Skips the test and resolves with null where this kernel has no such sockets. */
async function orSkip<T>(t: { skip(reason: string): void }, made: Promise<T>): Promise<T | null> {
  try {
    return await made;
  } catch (error) {
    if (!/EPROTONOSUPPORT|ENOPROTOOPT/.test(String(error))) throw error;
    t.skip('this kernel has no such sockets');
    return null;
  }
}
