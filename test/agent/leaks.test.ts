/** Connections that real programs leak, and those that they do not. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { FoundLeaks } from '../../agent/client/leaks/find-leaks';
import type { AgentProcess } from '../helpers/agent-process';
import { type Answer, ctrlC, type } from '../helpers/documented';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const here = '127.0.0.1';

describe('leaks', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let client: Puppet;
  let server: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    client = await stage.puppet();
    server = await stage.puppet();
  });
  after(() => stage?.close());

  let listening = 0;
  async function listen() {
    const name = `server ${++listening}`;
    return { name, ...(await server.listen(name, { family: 'ipv4', address: here })) };
  }
  type Server = Awaited<ReturnType<typeof listen>>;

  let connected = 0;
  async function connect({ name, local }: Server) {
    const connection = `connection ${++connected}`;
    const { cookie } = await client.connect(connection, { family: 'ipv4', to: local });
    await server.accept(connection, name);
    return { name: connection, cookie };
  }

  const ofClient = ({ local }: Server) => [`pid:${client.pid}`, `remote:${local[1]}`];

  async function find(words: readonly string[]): Promise<{ readonly code: number | null } & FoundLeaks> {
    const { code, json } = await stage.sockscope(['leaks', ...words, '--json']);
    return { code, ...(json as unknown as FoundLeaks) };
  }

  it('finds what the peer has closed, with the rows', async () => {
    const to = await listen();
    const three = [await connect(to), await connect(to), await connect(to)];
    const none = await find(ofClient(to));
    assert.deepEqual([none.code, none.connections, none.leaks], [0, 3, []]);
    for (const { name } of three) await server.close(name);
    const waiting = await until('all are in close-wait', async () => {
      const found = await find(ofClient(to));
      return found.code === 1 ? found : null;
    });
    assert.deepEqual(
      waiting.leaks.map(({ kind, count, perMinute, owner }) => [kind, count, perMinute, owner.pid]),
      [['close-wait', 3, null, client.pid]],
    );
    const cookies = waiting.leaks[0]?.sockets.map(({ cookie }) => cookie);
    assert.deepEqual(cookies?.toSorted(), three.map(({ cookie }) => cookie).toSorted());
    const { code, stdout } = await stage.sockscope(['leaks', ...ofClient(to)]);
    assert.equal(code, 1);
    assert.match(stdout, /^3 of python3 \(pid \d+\) to 127\.0\.0\.1:\d+ are in close-wait: /);
    assert.match(stdout, new RegExp(`^ {2}cookie:${three[0]?.cookie} 127\\..* close-wait$`, 'm'));
  });

  it('finds what was silent, and not what talks', async () => {
    const to = await listen();
    const three = [await connect(to), await connect(to), await connect(to)];
    const silent = [...ofClient(to), '--silent', '1s'];
    const found = await until('all are silent', async () => {
      const found = await find(silent);
      return found.code === 1 ? found : null;
    });
    assert.deepEqual(
      found.leaks.map(({ kind, count }) => [kind, count]),
      [['silent', 3]],
    );
    assert.equal((await find([...ofClient(to), '--silent', '1h'])).code, 0);
    assert.equal((await find([...silent, `-cookie:${three[0]?.cookie}`])).code, 0, 'two are none');
  });

  it('finds what grows while it is watched', async () => {
    const to = await listen();
    const first = await connect(to);
    const watching = find([...ofClient(to), '--watch', '6s']);
    let isOver = false;
    void watching.finally(() => {
      isOver = true;
    });
    const came: string[] = [];
    while (!isOver) {
      came.push((await connect(to)).cookie);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const { code, leaks, watchedMs } = await watching;
    assert.equal(code, 1);
    assert.ok(watchedMs >= 6000);
    const [leak, ...others] = leaks;
    assert.deepEqual([leak?.kind, others], ['growing', []]);
    assert.ok(leak && leak.perMinute !== null && leak.perMinute > 0);
    const cookies = leak.sockets.map(({ cookie }) => cookie);
    assert.ok(
      cookies.every((cookie) => came.includes(cookie)),
      'only what came',
    );
    assert.ok(!cookies.includes(first.cookie));
  });

  it('Ctrl-C ends a watch, with what was seen until then', async () => {
    const to = await listen();
    for (let count = 0; count < 3; count++) await connect(to);
    const stop: readonly Answer[] = [[/Ctrl-C ends it/, ctrlC]];
    const watch = ['sockscope leaks --watch 10m', ...ofClient(to)].join(' ');
    const found = await type(stage, `${watch} --at-most 2`, stop);
    assert.equal(found.code, 1, found.output);
    assert.match(found.output, /3 of python3 .* where 2 are the most that are expected/);
    const none = await type(stage, watch, stop);
    assert.equal(none.code, 0, none.output);
    assert.match(
      none.output,
      /No leak among 3 TCP connections of known processes, watched for [\d.]+ m?s\.\r?$/m,
    );
  });

  it('finds a pool that is too large', async () => {
    const to = await listen();
    for (let count = 0; count < 3; count++) await connect(to);
    const { code, leaks } = await find([...ofClient(to), '--at-most', '2']);
    assert.deepEqual([code, leaks.map(({ kind, count }) => [kind, count])], [1, [['beyond', 3]]]);
    assert.equal((await find([...ofClient(to), '--at-most', '3'])).code, 0);
    assert.equal(
      (await find([`pid:${server.pid}`, `port:${to.local[1]}`, '--at-most', '1'])).code,
      0,
      'of a server',
    );
  });

  it('says what it did not look for without the agent', async () => {
    const to = await listen();
    for (let count = 0; count < 3; count++) await connect(to);
    await agent.stop();
    const { code, stderr } = await stage.sockscope(['leaks', ...ofClient(to)]);
    assert.equal(code, 0);
    assert.match(stderr, /^No leak among /m);
    assert.match(stderr, /^Silent connections were not looked for\. .*agent/m);
  });
});
