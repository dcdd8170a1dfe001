/** A stopped broker and clients that do not read are noticed and reported, and harm no other client. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listAll, listPage } from '../../agent/client/list-all';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { agentStatus, ErrorCode, limits, nameContainers, rootGroup, setView } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { introduction, message } from '../helpers/wire';

describe('a broker that is stopped', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let broker: number;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    broker = await agent.brokerPid();
  });
  after(async () => {
    try {
      process.kill(broker, 'SIGCONT');
    } catch {
      // it has ended
    }
    await stage?.close();
  });

  it('is reported by every request and by agent status, and answers again when it continues', async () => {
    const client = await agent.client();
    assert.equal((await client.request(agentStatus, {})).brokerSilentMs, 0);
    process.kill(broker, 'SIGSTOP');
    const list = () => listPage(client, { filter: '' });
    const hangs = (error: { code: number; message: string }) => {
      assert.equal(error.code, ErrorCode.brokerHangs, error.message);
      assert.match(
        error.message,
        new RegExp(
          `The broker \\(pid ${broker}\\) has not answered for \\d+ s.*end the agent with .*kill -9`,
        ),
      );
      return true;
    };
    // The second waits behind the first, and is not sent.
    const requests = [list(), list()];
    const { brokerSilentMs } = await client.request(agentStatus, {});
    assert.ok(brokerSilentMs !== null && brokerSilentMs > 0, String(brokerSilentMs));
    const { code, stdout } = await stage.sockscope(['agent', 'status']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Its broker \\(pid ${broker}\\) has not answered for [\\d.]+ s`));
    for (const request of requests) await assert.rejects(request, hangs);
    await assert.rejects(list(), hangs);
    const listed = await stage.sockscope(['list']);
    assert.notEqual(listed.code, 0);
    assert.match(listed.stderr, /The broker \(pid \d+\) has not answered/);
    const examined = await stage.sockscope(['doctor']);
    assert.equal(examined.code, 0, examined.stderr);
    assert.match(
      examined.stdout,
      /^ok {2}kfunc .*\n(.*\n)*no {2}namespaces +The broker \(pid \d+\) has not answered/m,
    );

    process.kill(broker, 'SIGCONT');
    await until('it answers again', async () => (await client.request(agentStatus, {})).brokerSilentMs === 0);
    assert.ok((await list()).sockets);
    client.close();
  });
});

describe('a client that sends requests', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let puppet: Puppet;
  before(async () => {
    stage = new Stage();
    stage.netns.crowd();
    agent = await stage.agent();
    puppet = await stage.puppet();
    await puppet.command('bind_many', {
      name: 'udp',
      count: 2 * limits.listPage,
      family: 'ipv4',
      address: '127.0.0.1',
    });
  });
  after(() => stage?.close());

  /** KiB of the agent's memory that are in use. */
  function resident(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1]);
  }

  async function connected(): Promise<Socket> {
    const socket = createConnection(agentSocketPath(stage.user.uid)).pause();
    socket.on('error', () => {}); // dropped
    await once(socket, 'connect');
    socket.write(message(0, 'initialize', introduction));
    return socket;
  }

  it('R15: and never reads costs little memory and is dropped, while others are answered', async () => {
    const socket = await connected();
    const before = resident();
    let peak = before;
    const deadline = Date.now() + 60_000;
    for (let id = 1; !socket.destroyed && Date.now() < deadline; id++) {
      if (socket.writableLength < 1024 * 1024) socket.write(message(id, 'sockets/list', { filter: '' }));
      peak = Math.max(peak, resident());
      await sleep(2);
    }
    assert.ok(socket.destroyed, 'it is dropped');
    await agent.prints(/Dropped a client for whom \d+ bytes wait: it has read less than 64 KiB in 10 s/);
    assert.ok(peak - before < 300 * 1024, `${peak - before} KiB more than before`);
    const other = await agent.client();
    assert.equal((await listAll(other, `pid:${puppet.pid}`)).sockets.length, 2 * limits.listPage);
    other.close();
  });

  it('and names ever new containers fills no memory', async () => {
    const client = await agent.client();
    const before = resident();
    for (let batch = 0; batch < 600; batch++) {
      const containers = Array.from({ length: limits.containers }, (_, at) => ({
        id: `${batch}-${at}-`.padEnd(64, 'c'),
        name: `${batch}-${at}-`.padEnd(64, 'n'),
      }));
      await client.request(nameContainers, { containers });
    }
    client.close();
    assert.ok(resident() - before < 100 * 1024, `${resident() - before} KiB more than before`);
  });

  it('and reads a large answer slowly gets all of it', async () => {
    const socket = await connected();
    socket.setEncoding('utf8');
    let read = 0;
    let last = '';
    const word = '"jsonrpc"';
    const asked = 8;
    for (let id = 1; id <= asked; id++) socket.write(message(id, 'sockets/list', { filter: '' }));
    socket.resume();
    socket.on('data', (text: string) => {
      // It may be cut between two chunks.
      const joined = last + text;
      read += joined.split(word).length - 1;
      last = joined.slice(1 - word.length);
      socket.pause();
      setTimeout(() => socket.resume(), 30);
    });
    await until('all answers are there', () => read >= asked + 1);
    assert.equal(socket.destroyed, false);
    socket.destroy();
  });

  it('and has many views on many connections costs a bounded amount of memory', async () => {
    const before = resident();
    const clients = await Promise.all(Array.from({ length: 16 }, () => agent.client()));
    const changes = await Promise.all(
      clients.flatMap((client, at) =>
        Array.from({ length: limits.views }, (_, view) =>
          client.request(setView, {
            view,
            filter: `proto:udp -:${at * limits.views + view + 1}`,
            show: 'everything',
            groupBy: 'process',
            workspace: { roots: [], folders: [] },
            open: { [rootGroup]: 10 },
          }),
        ),
      ),
    );
    const shown = changes.reduce((sum, change) => sum + change.shown, 0);
    const refused = changes.filter(({ failure }) =>
      /1,000,000 rows: close some, or filter/.test(failure ?? ''),
    );
    const costs = resident() - before;
    for (const client of clients) client.close();
    assert.ok(shown >= 16 * limits.views * 2 * limits.listPage, String(shown));
    assert.ok(refused.length > 0, 'not all of them');
    assert.ok(costs < 400 * 1024, `${costs} KiB more than before`);
  });
});
