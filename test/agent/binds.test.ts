/** Why a port is busy: its holders and the results of real binds, from the agent and from the observer. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { bindPort, ErrorCode, isFree, isFreeForReuse, type PortHolder } from '../../agent/protocol';
import { diagListsBound } from '../helpers/engines';
import { closeFirst, type Place, places } from '../helpers/pairs';
import { cookies, explain, failures, holdersOf, onlyHolder } from '../helpers/ports';
import type { BindOptions, Puppet } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';
import { inState } from '../helpers/targets';

const [ipv4] = places as [Place];
const modes = ['agent', 'observer'] as const;

async function agentOfUser(stage: Stage): Promise<Client> {
  await stage.agent();
  return stage.clientOfUser();
}

describe('a busy port', { skip: withoutRoot }, () => {
  let stage: Stage;
  let clients: Record<(typeof modes)[number], Client>;
  let server: Puppet;
  let peer: Puppet;
  let port = 11_000;
  before(async () => {
    stage = new Stage();
    clients = { agent: await agentOfUser(stage), observer: await stage.observer() };
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  const every = (plain: string) => [`0.0.0.0${plain}`, `127.0.0.1${plain}`, `::${plain}`, `::1${plain}`];
  const [plain, reuse] = [every(' EADDRINUSE'), every(' reuse EADDRINUSE')];
  const ofIpv4 = (some: readonly string[]) => some.filter((line) => !line.startsWith('::1'));
  const ofIpv6 = (some: readonly string[]) => some.filter((line) => line.startsWith('::'));

  interface Case {
    readonly binding: BindOptions;
    readonly listens: boolean;
    readonly fails: readonly string[];
    readonly why: RegExp;
  }
  const cases: Record<string, Case> = {
    'a dual-stack listener': {
      binding: { family: 'ipv6', address: '::', dual: true },
      listens: true,
      fails: [...plain, ...reuse],
      why: /^python3 \(pid \d+\) listens on \[::\]:\d+, dual-stack, and so blocks port \d+ of IPv4 as well$/,
    },
    'an IPv6-only listener': {
      binding: { family: 'ipv6', address: '::' },
      listens: true,
      fails: [...ofIpv6(plain), ...ofIpv6(reuse)],
      why: /listens on \[::\]:\d+, for IPv6 only$/,
    },
    'an IPv4 listener': {
      binding: { family: 'ipv4', address: '0.0.0.0' },
      listens: true,
      fails: [...ofIpv4(plain), ...ofIpv4(reuse)],
      why: /listens on 0\.0\.0\.0:\d+$/,
    },
    'a listener on loopback with SO_REUSEADDR': {
      binding: { family: 'ipv4', address: '127.0.0.1', reuse: true },
      listens: true,
      fails: [...ofIpv4(plain), ...ofIpv4(reuse)],
      why: /listens on 127\.0\.0\.1:\d+$/,
    },
    'a port that is bound without listening': {
      binding: { family: 'ipv4', address: '127.0.0.1' },
      listens: false,
      fails: [...ofIpv4(plain), ...ofIpv4(reuse)],
      why: /has bound 127\.0\.0\.1:\d+ without listening/,
    },
    'one that is bound with SO_REUSEADDR': {
      binding: { family: 'ipv4', address: '127.0.0.1', reuse: true },
      listens: false,
      fails: ofIpv4(plain),
      why: /has bound 127\.0\.0\.1:\d+ without listening/,
    },
  };
  for (const [what, { binding, listens, fails, why }] of Object.entries(cases))
    for (const mode of modes)
      it(`${what}, ${mode}`, async () => {
        const kind = listens ? 'listener' : 'bound';
        const name = `${what} ${mode}`;
        const made = await server[listens ? 'listen' : 'bind'](name, { ...binding, port: ++port });
        const report = await explain(clients[mode], port);
        assert.deepEqual(failures(report.binds), fails);
        if (listens || mode === 'agent' || diagListsBound)
          assertHolder(onlyHolder(report, kind), made.cookie, why);
        else assert.deepEqual(report.holders, []);
        await server.close(name);
        await assertFree(mode, port);
      });

  function assertHolder(holder: PortHolder, cookie: string, why: RegExp): void {
    assert.deepEqual(cookies(holder), [cookie]);
    assert.deepEqual(
      holder.owners.map(({ pid }) => pid),
      [server.pid],
    );
    assert.deepEqual([holder.remedy, holder.respawn], ['signal', null]);
    assert.match(holder.why, why);
  }

  async function assertFree(mode: (typeof modes)[number], free: number): Promise<void> {
    const report = await explain(clients[mode], free);
    assert.deepEqual(report.holders, []);
    assert.deepEqual(
      [failures(report.binds), isFree(report.binds), isFreeForReuse(report.binds)],
      [[], true, true],
    );
    assert.deepEqual([report.netns, report.binds.length], [stage.netns.inode, 8]);
  }

  for (const mode of modes) {
    it(`four listeners that share a port are one holder, ${mode}`, async () => {
      const binding = { family: 'ipv4', address: '127.0.0.1', port: ++port, reuseport: true } as const;
      for (const name of ['1', '2', '3', '4']) await server.listen(`${name} ${mode}`, binding);
      const holder = onlyHolder(await explain(clients[mode], port), 'listener');
      assert.equal(holder.sockets.length, 4);
      assert.match(holder.why, /listens on 127\.0\.0\.1:\d+ with 4 sockets$/);
    });

    it(`a server's connections, accepted and waiting, ${mode}`, async () => {
      const listening = await server.listen(`busy ${mode}`, { ...ipv4, address: '127.0.0.1', port: ++port });
      for (const name of ['one', 'two', 'three'])
        await peer.connect(`${name} ${mode}`, { family: 'ipv4', to: listening.local });
      for (const name of ['one', 'two']) await server.accept(`${name} ${mode}`, `busy ${mode}`);
      const report = await explain(clients[mode], port);
      const [connections] = holdersOf(report, 'connection');
      assert.deepEqual(
        report.holders.map(({ kind }) => kind),
        ['listener', 'connection'],
      );
      assert.deepEqual([connections?.remedy, connections?.sockets.length], ['destroy', 3]);
      assert.deepEqual(
        connections?.owners.map(({ pid }) => pid),
        [server.pid],
      );
      assert.match(connections?.why ?? '', /has 3 connections on port \d+, of which 1 waits to be accepted$/);

      // The listener goes, and with it what waited; the connections stay, and block the port.
      await server.close(`busy ${mode}`);
      const left = await explain(clients[mode], port);
      assert.deepEqual([onlyHolder(left, 'connection').sockets.length, isFree(left.binds)], [2, false]);
    });

    it(`time-wait and an orphan, ${mode}`, async () => {
      const listening = await server.listen(`left ${mode}`, { ...ipv4, address: '127.0.0.1', port: ++port });
      for (const name of ['waits', 'orphan']) {
        await peer.connect(`${name} ${mode}`, { family: 'ipv4', to: listening.local });
        await server.accept(`${name} ${mode}`, `left ${mode}`);
      }
      const [waits, orphan] = [await server.info(`waits ${mode}`), await server.info(`orphan ${mode}`)];
      await server.close(`left ${mode}`);
      await closeFirst(server, peer, `waits ${mode}`);
      await server.close(`orphan ${mode}`);
      await inState(clients.agent, waits, 'time-wait');
      await inState(clients.agent, orphan, 'fin-wait-2');
      const report = await explain(clients[mode], port);
      for (const [kind, { cookie }] of [
        ['time-wait', waits],
        ['orphan', orphan],
      ] as const) {
        const [holder, ...more] = holdersOf(report, kind);
        assert.ok(holder);
        assert.deepEqual(
          [cookies(holder), holder.owners, holder.remedy, more],
          [[cookie], [], 'destroy', []],
        );
      }
      assert.equal(report.holders.length, 2);
      assert.equal(isFree(report.binds), false);
    });

    it(`MPTCP holds a port of TCP, ${mode}`, async () => {
      const binding = { family: 'ipv4', protocol: 'mptcp', address: '127.0.0.1', port: ++port } as const;
      await server.listen(`mptcp ${mode}`, binding);
      const holder = onlyHolder(await explain(clients[mode], port), 'listener');
      assert.deepEqual([holder.owners.map(({ pid }) => pid), holder.remedy], [[server.pid], 'signal']);
      assert.ok(holder.sockets.some(({ protocol }) => protocol === 'mptcp'));
    });

    it(`UDP is tried without SO_REUSEADDR only, ${mode}`, async () => {
      const name = `udp ${mode}`;
      const binding = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1', port: ++port } as const;
      const { cookie } = await server.bind(name, binding);
      const report = await explain(clients[mode], port, { protocol: 'udp' });
      const holder = onlyHolder(report, 'udp');
      assert.deepEqual([cookies(holder), holder.remedy], [[cookie], 'signal']);
      assert.deepEqual(failures(report.binds), ofIpv4(plain));
      assert.equal(report.binds.length, 4);
      await assertFree(mode, port); // TCP has ports of its own
      await server.close(name);
      const { binds } = await clients[mode].request(bindPort, { port, protocol: 'udp', netns: null });
      assert.equal(isFree(binds), true);
    });

    it(`a privileged port that nobody holds is reserved, ${mode}`, async () => {
      const report = await explain(clients[mode], 80);
      const { sockets, owners, remedy } = onlyHolder(report, 'reserved');
      assert.deepEqual([sockets, owners, remedy], [[], [], 'none']);
      // The broker may bind it, the user may not.
      const refused = mode === 'agent' ? [] : [...every(' EACCES'), ...every(' reuse EACCES')];
      assert.deepEqual(failures(report.binds), refused);
    });

    it(`trials leave no trace and accept no client, ${mode}`, async () => {
      port++;
      for (let time = 0; time < 3; time++) await assertFree(mode, port);
      await server.listen(`after ${mode}`, { ...ipv4, address: '127.0.0.1', port });
    });
  }

  it("another user's listener: the observer shows it without an owner, the agent with one", async () => {
    const other = await stage.puppet({ user: stranger });
    await other.listen('l', { ...ipv4, address: '127.0.0.1', port: ++port });
    const [byAgent, byObserver] = [await explain(clients.agent, port), await explain(clients.observer, port)];
    assert.deepEqual(
      onlyHolder(byAgent, 'listener').owners.map(({ pid }) => pid),
      [other.pid],
    );
    const hidden = onlyHolder(byObserver, 'listener');
    assert.deepEqual([hidden.owners, hidden.remedy], [[], 'signal']);
    assert.match(
      hidden.why,
      /cannot be seen from here listens on .*; uid \d+ opened it, and an agent for all users can identify/,
    );
  });

  it('other namespaces: listeners are shown, do not block this one, and binds are tried there when named', async () => {
    const elsewhere = stage.makeNetns('b');
    const other = await stage.puppet({ netns: elsewhere });
    await other.listen('l', { ...ipv4, address: '0.0.0.0', port: ++port });
    const here = await explain(clients.agent, port);
    assert.deepEqual([onlyHolder(here, 'listener').remedy, isFree(here.binds)], ['none', true]);
    assert.match(
      here.holders[0]?.why ?? '',
      new RegExp(`in network namespace ${elsewhere.name}, so it does not block`),
    );
    const there = await explain(clients.agent, port, { netns: elsewhere.inode });
    assert.deepEqual([onlyHolder(there, 'listener').remedy, there.netns], ['signal', elsewhere.inode]);
    assert.deepEqual(failures(there.binds), [...ofIpv4(plain), ...ofIpv4(reuse)]);

    const refused = { code: ErrorCode.notFound };
    await assert.rejects(explain(clients.observer, port, { netns: elsewhere.inode }), refused);
    await assert.rejects(explain(clients.agent, port, { netns: 1 }), refused);
  });

  it('without IPv6 its addresses fail with EADDRNOTAVAIL', async () => {
    const bare = stage.makeNetns('bare');
    bare.sysctl('net.ipv6.conf.all.disable_ipv6', 1);
    await stage.puppet({ netns: bare });
    const { binds } = await explain(clients.agent, ++port, { netns: bare.inode });
    assert.deepEqual(failures(binds), ['::1 EADDRNOTAVAIL', '::1 reuse EADDRNOTAVAIL']);
    assert.equal(isFree(binds), true);
  });
});
