/** A client that asks for much waits for it himself: what others ask for is answered in between. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import {
  agentStatus,
  destroySockets,
  explainPort,
  planDestroy,
  startOutage,
  stopOutage,
  type Target,
  targetOf,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

/** Requests at once of one client: all that the agent takes. */
const asked = 32;
/** What is read late, on a busy machine, counts as answered before: once it was seen to be fair, it is. */
const maxTries = 5;

/**
 * Of these, answered while the other client waits: in the order of arrival, it is all but one. Fair are few, but those that share a
 * scan are answered together.
 */
const maxMeanwhile = 24;
/** Targets of each. */
const count = 1500;

describe('a client beside one that asks for much', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let greedy: Client;
  let other: Client;
  let server: Puppet;
  let peer: Puppet;
  let bystander: Pair;
  let targets: readonly Target[];
  before(async () => {
    stage = new Stage();
    stage.netns.crowd();
    agent = await stage.agent();
    greedy = await agent.client();
    other = await agent.client();
    const many = await stage.puppet();
    await many.command('bind_many', { name: 'udp', count, family: 'ipv4', address: '127.0.0.1' });
    targets = (await listAll(greedy, `pid:${many.pid}`)).sockets.map(targetOf);
    assert.equal(targets.length, count);
    server = await stage.puppet();
    peer = await stage.puppet();
    bystander = (await connectAll(server, peer, ipv4, 'listener', ['bystander'])).pairs.bystander;
  });
  after(() => stage?.close());

  /** How many of the greedy client's requests are answered from its first answer on until the other one has its own. */
  async function answeredMeanwhile(
    request: () => Promise<unknown>,
    ask: () => Promise<unknown>,
  ): Promise<number> {
    let answered = 0;
    const count = () => answered++;
    // The broker is busy for those that have waited for too long.
    const all = Array.from({ length: asked }, () => request().then(count, count));
    await Promise.race(all);
    const before = answered;
    await ask();
    const meanwhile = answered - before;
    await Promise.all(all);
    return meanwhile;
  }

  /** `prepare` comes before each try, and resolves with what the other client asks for. */
  async function assertFair(
    request: () => Promise<unknown>,
    prepare: () => Promise<() => Promise<unknown>>,
  ): Promise<void> {
    let meanwhile = asked;
    for (let tries = 0; meanwhile > maxMeanwhile && tries < maxTries; tries++)
      meanwhile = await answeredMeanwhile(request, await prepare());
    assert.ok(meanwhile <= maxMeanwhile, `${meanwhile} of ${asked} were answered`);
  }

  it('R14: has its destroy when few of the other destroys are done', async () => {
    let made = 0;
    await assertFair(
      () => greedy.request(destroySockets, { targets }),
      async () => {
        const name = `victim ${made++}`;
        const { pairs } = await connectAll(server, peer, ipv4, `for ${name}`, [name]);
        const target = await targetByCookie(other, pairs[name]?.client ?? { cookie: '' });
        return async () => {
          assert.equal((await destroyOne(other, target)).outcome, 'destroyed');
          assert.equal(await peer.pending(name), 'ECONNABORTED');
        };
      },
    );
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
  });

  it('has the status when few of the other plans are there', () =>
    assertFair(
      () => greedy.request(planDestroy, { targets }),
      async () => () => other.request(agentStatus, {}),
    ));

  it('has its plan, its answer on a port and the end of its outage when few of the other explanations are there', async () => {
    const target = await targetByCookie(other, bystander.client);
    const port = { port: bystander.server.local[1], protocol: 'tcp', netns: null } as const;
    await assertFair(
      () => greedy.request(explainPort, port),
      async () => {
        const { outage } = await other.request(startOutage, {
          filter: 'remote:9',
          fault: 'refused',
          forMs: 60_000,
          detach: false,
        });
        return () =>
          Promise.all([
            other.request(planDestroy, { targets: [target] }),
            other.request(explainPort, port),
            other.request(stopOutage, { id: outage.id }),
          ]);
      },
    );
  });
});
