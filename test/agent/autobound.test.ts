/** A client's own port is distinguished from a server's, and left alone. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { connectAll, type Place, places } from '../helpers/pairs';
import { cookies, explain, failures, onlyHolder } from '../helpers/ports';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

describe('the local port of a client', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: Client;
  let observer: Client;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await (await stage.agent()).client();
    observer = await stage.observer();
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  for (const place of places) {
    it(`chosen by the kernel, ${place.family}`, async () => {
      const { pairs } = await connectAll(server, peer, place, `auto ${place.family}`, ['c']);
      const [, port] = pairs.c.client.local;
      for (let time = 0; time < 2; time++) {
        // Before the second request, binds have been tried on the port.
        const report = await explain(agent, port);
        const holder = onlyHolder(report, 'client');
        assert.deepEqual([cookies(holder), holder.remedy], [[pairs.c.client.cookie], 'none']);
        assert.match(holder.why, /its own end of a connection to .*: it is not to blame, but blocks a bind$/);
        assert.ok(failures(report.binds).length > 0, 'it blocks a bind');
      }
      const doubtful = onlyHolder(await explain(observer, port), 'client');
      assert.equal(doubtful.remedy, 'none');
      assert.match(doubtful.why, /may use .* which only the agent can verify/);
      await assertEchoes([peer, 'c'], [server, 'c']);
    });

    it(`bound by the client itself, ${place.family}`, async () => {
      const listening = await server.listen(`own ${place.family}`, { ...place, address: place.loopback });
      const near = await peer.connect('own', {
        family: place.family,
        to: listening.local,
        bind: [place.loopback, 21_500],
      });
      const holder = onlyHolder(await explain(agent, 21_500), 'client');
      assert.deepEqual([cookies(holder), holder.remedy], [[near.cookie], 'none']);
      await peer.reset('own');
    });
  }

  it('port 0, bound by the client, is uncertain and so left alone', async () => {
    const [{ family, loopback }] = places as [Place];
    const listening = await server.listen('zero', { family, address: loopback });
    const near = await peer.connect('zero', { family, to: listening.local, bind: [loopback, 0] });
    const holder = onlyHolder(await explain(agent, near.local[1]), 'client');
    assert.deepEqual([cookies(holder), holder.remedy], [[near.cookie], 'none']);
    assert.match(holder.why, /may use .* so it is left alone/);
  });

  it('a server whose port the kernel chose is still the server', async () => {
    const [ipv4] = places as [Place];
    const { listening, pairs } = await connectAll(server, peer, ipv4, 'ephemeral', ['d']);
    for (const client of [agent, observer]) {
      const report = await explain(client, listening.local[1]);
      assert.deepEqual(
        report.holders.map((holder) => [holder.kind, holder.remedy, cookies(holder)]),
        [
          ['listener', 'signal', [listening.cookie]],
          ['connection', 'destroy', [pairs.d.server.cookie]],
        ],
      );
    }
  });

  it('UDP: a socket connected without a bind is a client, with a bind a server', async () => {
    const binding = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
    const bound = await server.bind('udp', { ...binding, port: 21_600 });
    const near = await peer.connect('udp', { family: 'ipv4', protocol: 'udp', to: bound.local });
    for (const client of [agent, observer]) {
      const ofClient = await explain(client, near.local[1], { protocol: 'udp' });
      assert.deepEqual(onlyHolder(ofClient, 'client').remedy, 'none');
      assert.equal(onlyHolder(await explain(client, 21_600, { protocol: 'udp' }), 'udp').remedy, 'signal');
    }
  });
});
