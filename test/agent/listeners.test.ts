/** Sockets that share a port, or have queued connections: the chosen one is destroyed, or none is. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { engines, findsByAddress } from '../helpers/engines';
import { assertAccepts, connectAll, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, targetByCookie } from '../helpers/targets';

const group = ['one', 'two', 'three', 'four'] as const;

describe('sockets that share a port', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let port = 11_500;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
  });
  after(() => stage?.close());

  for (const { family, loopback } of places)
    for (const engine of ['auto', ...engines] as const)
      it(`UDP sockets, one after the other, ${family}, engine ${engine}`, async () => {
        const puppet = await stage.puppet();
        const binding = {
          family,
          protocol: 'udp',
          address: loopback,
          port: port++,
          reuseport: true,
        } as const;
        for (const name of group) await puppet.bind(name, binding);
        for (const [index, name] of group.entries()) {
          const target = await targetByCookie(client, await puppet.info(name));
          const { outcome, message } = await destroyOne(client, target, { engine });
          if (findsByAddress(engine) && outcome === 'failed') {
            assert.match(message, /by their addresses, and found another one/);
            return assertUntouched(puppet, group.slice(index));
          }
          assert.equal(outcome, 'reset', message);
          assert.equal(await puppet.pending(name), 'ECONNABORTED');
          await assertUntouched(puppet, group.slice(index + 1));
        }
      });

  for (const { family, loopback } of places)
    for (const engine of ['auto', 'sock_diag'] as const)
      it(`one of several listeners, ${family}, engine ${engine}`, async () => {
        const puppet = await stage.puppet();
        const binding = { family, address: loopback, port: port++, reuseport: true } as const;
        for (const name of group) await puppet.listen(name, binding);
        const [one, chosen, ...others] = group;
        const target = await targetByCookie(client, await puppet.info(chosen));
        const options = { engine, includeListeners: true } as const;
        const { outcome, message } = await destroyOne(client, target, options);
        await assertUntouched(puppet, [one, ...others]);
        if (findsByAddress(engine) && outcome === 'failed') {
          assert.match(message, /by their addresses, and found another one/);
          return assertUntouched(puppet, [chosen]);
        }
        assert.equal(outcome, 'destroyed', message);
        assert.equal(await puppet.errnoOf('accept', chosen), 'EINVAL');
      });

  /** Where another one of the group was found, the chosen one must be left alone, too. */
  async function assertUntouched(puppet: Puppet, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { cookie } = await puppet.info(name);
      const { state, local } = await findOne(client, `cookie:${cookie}`);
      assert.ok(state === 'listen' || (state === 'close' && local.port !== 0), `${name} is ${state}`);
      assert.equal(await puppet.pending(name), null, name);
    }
  }
});

describe('a listener with queued connections', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  for (const place of places)
    it(`is left to sock_diag, ${place.family}`, async () => {
      const { listening } = await connectAll(server, peer, place, 'victim', ['accepted']);
      await connectAll(server, peer, place, 'elsewhere', ['bystander']);
      await peer.connect('queued', { family: place.family, to: listening.local });
      const target = await targetByCookie(client, listening);
      const forced = await destroyOne(client, target, { engine: 'bpf', includeListeners: true });
      assert.equal(forced.outcome, 'unsupported', forced.message);
      assert.equal((await findOne(client, `cookie:${listening.cookie}`)).state, 'listen');

      const result = await destroyOne(client, target, { includeListeners: true });
      assert.deepEqual([result.outcome, result.engine], ['destroyed', 'sock_diag'], result.message);
      assert.equal(await server.errnoOf('accept', 'victim'), 'EINVAL');
      assert.equal(await peer.errnoOf('receive', 'queued'), 'ECONNRESET');
      await assertEchoes([peer, 'accepted'], [server, 'accepted']);
      await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      await assertAccepts(server, peer, place, 'elsewhere');
    });
});
