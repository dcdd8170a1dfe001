/** An agent in a time namespace: where the clocks are not the kernel's, it says so and does not start. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];
const refusal =
  /The clocks of this time namespace are not the kernel's: start again outside of it \(EINVAL\)/;

const withoutTime =
  spawnSync('unshare', ['--time', 'true']).status === 0 ? false : 'there are no time namespaces';

describe('an agent in a time namespace', { skip: withoutRoot || withoutTime }, () => {
  let stage: Stage;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  for (const shift of ['--monotonic=1000', '--monotonic=-1', '--boottime=1000'])
    it(`does not start with ${shift}, and neither does the broker of one command`, async () => {
      const through = ['unshare', '--time', shift];
      const { pairs } = await connectAll(server, peer, ipv4, shift, ['one']);
      await assert.rejects(
        stage.agent([], stage.user, { netns: stage.netns, through }),
        (error: Error) => refusal.test(error.message) && !error.message.includes('    at '),
      );
      const words = ['destroy', `cookie:${pairs.one.client.cookie}`, '--yes'];
      const environment = { SUDO_UID: '64998' };
      const { code, stderr } = await stage.sockscope(words, { user: undefined, environment, through });
      assert.notEqual(code, 0);
      assert.match(stderr, refusal);
      await assertEchoes([peer, 'one'], [server, 'one']);
      for (const puppet of [peer, server]) await puppet.close('one');
    });

  it('works where its clocks are the kernel’s', async () => {
    const agent = await stage.agent([], stage.user, { netns: stage.netns, through: ['unshare', '--time'] });
    const client = await agent.client();
    const { pairs } = await connectAll(server, peer, ipv4, 'same', ['one']);
    const target = await targetByCookie(client, pairs.one.client);
    assert.equal((await destroyOne(client, target)).outcome, 'destroyed');
    assert.equal(await peer.pending('one'), 'ECONNABORTED');
  });
});
