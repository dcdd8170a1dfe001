/** One line for each target of a request that acts, whichever client sent it. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { AgentProcess } from '../helpers/agent-process';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const log = '/var/log/sockscope/audit.log';

describe('the audit', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let pairs: Record<'one' | 'two' | 'three', Pair>;
  let foreign: Pair;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    server = await stage.puppet();
    peer = await stage.puppet();
    ({ pairs } = await connectAll(server, peer, ipv4, 'listener', ['one', 'two', 'three']));
    const [other, others] = [await stage.puppet({ user: stranger }), await stage.puppet({ user: stranger })];
    foreign = (await connectAll(other, others, ipv4, 'foreign', ['c'])).pairs.c;
  });
  after(() => stage?.close());

  function lines(cookie: string) {
    const all = readFileSync(log, 'utf8').trim().split('\n');
    return all.map((line) => JSON.parse(line)).filter(({ result }) => result?.cookie === cookie);
  }

  async function destroy(cookie: string, ...words: string[]): Promise<void> {
    await stage.sockscope(['destroy', `cookie:${cookie}`, '--yes', ...words]);
  }

  it('only root can read it', () => {
    assert.deepEqual([statSync(log).uid, statSync(log).mode & 0o777], [0, 0o600]);
  });

  it('has the client, the request and the outcome', async () => {
    const { cookie, local, remote } = pairs.one.client;
    await destroy(cookie);
    assert.equal(await peer.errnoOf('receive', 'one'), 'ECONNABORTED');
    const [line, ...more] = lines(cookie);
    assert.deepEqual(more, []);
    assert.equal(line.method, 'sockets/destroy');
    assert.equal(line.client.uid, stage.user.uid);
    assert.ok(line.client.pid > 0);
    assert.ok(Math.abs(Date.parse(line.at) - Date.now()) < 60_000);
    assert.deepEqual(
      [line.result.outcome, line.result.engine, line.result.local.port, line.result.remote.port],
      ['destroyed', 'bpf', local[1], remote?.[1]],
    );
    await agent.prints(new RegExp(`"cookie":"${cookie}"`));
  });

  it('has refused requests too, and none that only reads', async () => {
    await destroy(foreign.client.cookie);
    assert.deepEqual(
      lines(foreign.client.cookie).map(({ result }) => result.outcome),
      ['denied'],
    );
    const { cookie } = pairs.two.client;
    await destroy(cookie, '--dry-run');
    assert.deepEqual(lines(cookie), []);
  });

  it('has the calls of root without an agent', async () => {
    const { cookie } = pairs.three.client;
    const words = ['destroy', `cookie:${cookie}`, '--yes'];
    const environment = { SUDO_UID: '64998' };
    assert.equal((await stage.sockscope(words, { user: undefined, environment })).code, 0);
    await until('it is in the audit', () => lines(cookie).length === 1);
    assert.equal(lines(cookie)[0].client.uid, 0);
  });
});
