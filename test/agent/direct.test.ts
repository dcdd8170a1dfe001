/** A private agent of root's, for one command. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Client } from '../../agent/client/connect';
import { withoutWatching } from '../../agent/common/direct-arguments';
import { agentStatus, listSockets } from '../../agent/protocol';
import { heldBpf } from '../helpers/bpf-objects';
import { checksOf } from '../helpers/checks';
import { end, start } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

describe("an agent of root's own", { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  /** Calls `use` with a client of a new one. */
  async function withDirect<T>(words: readonly string[], use: (client: Client) => Promise<T>): Promise<T> {
    const child = start(
      [process.execPath, `${stage.folder}/agent.js`, 'direct', ...words],
      { netns: stage.netns },
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    assert.ok(child.stdin && child.stdout);
    const client = await Client.over(child.stdout, child.stdin, () => child.stdin?.end());
    try {
      return await use(client);
    } finally {
      client.close();
      await end(child);
    }
  }

  /** Other checks are of the kernel. */
  const ofBroker = ['list', 'hooks', 'events', 'timers', 'capture', 'namespaces'];

  /** Names of these checks of doctor that fail, and how many sockets a program has that listens. */
  async function started(client: Client) {
    const puppet = await stage.puppet();
    await puppet.listen('l', { family: 'ipv4', address: '127.0.0.1' });
    const checks = await checksOf(client);
    const { total } = await client.request(listSockets, { filter: `pid:${puppet.pid}` });
    await puppet.stop();
    return {
      failed: checks.filter(({ name, ok }) => ofBroker.includes(name) && !ok).map(({ name }) => name),
      total,
    };
  }

  it('watches connects and changes', async () =>
    assert.deepEqual(await withDirect([], started), { failed: [], total: 1 }));

  it('has no programs for that where it is to watch nothing, and lists and destroys all the same', async () =>
    assert.deepEqual(await withDirect([withoutWatching], started), {
      failed: ['hooks', 'events', 'timers', 'capture'],
      total: 1,
    }));

  /** The programs that its broker has loaded, and the bytes that it has read. */
  const loaded = (client: Client) =>
    client.request(agentStatus, {}).then(({ brokerPid, engines }) => {
      assert.ok(brokerPid);
      const read = /^rchar: (\d+)$/m.exec(readFileSync(`/proc/${brokerPid}/io`, 'utf8'))?.[1];
      return { engines, programs: heldBpf(brokerPid).prog.length, bytes: Number(read) };
    });

  for (const [words, programs] of [
    [[withoutWatching], 3],
    [[], 29],
  ] as const)
    it(`${programs} programs are loaded without reading the kernel's types`, async (context) => {
      const { engines, ...found } = await withDirect(words, loaded);
      // Before Linux 6.5, or without BTF, libbpf reads them to find out what is missing.
      if (!engines.includes('bpf')) return context.skip('this kernel lacks something');
      assert.equal(found.programs, programs);
      assert.ok(found.bytes < statSync('/sys/kernel/btf/vmlinux').size / 2, `${found.bytes} bytes were read`);
    });
});
