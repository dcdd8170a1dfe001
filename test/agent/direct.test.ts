/** A private agent of root's, for one command. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '../../agent/client/connect';
import { withoutWatching } from '../../agent/common/direct-arguments';
import { agentDoctor, listSockets } from '../../agent/protocol';
import { end, start } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

describe("an agent of root's own", { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  /** Names of the checks of doctor that fail, and how many sockets a program has that listens. */
  async function started(words: readonly string[]) {
    const child = start(
      [process.execPath, `${stage.folder}/agent.js`, 'direct', ...words],
      { netns: stage.netns },
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    assert.ok(child.stdin && child.stdout);
    const client = await Client.over(child.stdout, child.stdin, () => child.stdin?.end());
    const puppet = await stage.puppet();
    await puppet.listen('l', { family: 'ipv4', address: '127.0.0.1' });
    const { checks } = await client.request(agentDoctor, {});
    const { total } = await client.request(listSockets, { filter: `pid:${puppet.pid}` });
    client.close();
    await puppet.stop();
    await end(child);
    return { failed: checks.filter(({ ok }) => !ok).map(({ name }) => name), total };
  }

  it('watches connects and changes', async () =>
    assert.deepEqual(await started([]), { failed: [], total: 1 }));

  it('has no programs for that where it is to watch nothing, and lists and destroys all the same', async () =>
    assert.deepEqual(await started([withoutWatching]), { failed: ['hooks', 'events'], total: 1 }));
});
