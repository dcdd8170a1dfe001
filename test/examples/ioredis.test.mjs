/**
 * Does this program's Redis client reconnect? Needs a Redis server at REDIS_PORT (default: 6379), and an agent:
 * sudo sockscope agent serve
 */

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Redis } from 'ioredis';
import { connect } from 'sockscope/client';

const port = Number(process.env.REDIS_PORT ?? 6379);
/** Only the connections of this process to Redis. */
const filter = `pid:${process.pid} remote:${port}`;

let sockscope;
let redis;
before(async () => {
  sockscope = await connect();
  redis = new Redis(port, '127.0.0.1');
  redis.on('error', () => {}); // ioredis connects again by itself
  await redis.set('greeting', 'hello');
});
after(() => {
  redis?.disconnect();
  sockscope?.close();
});

it('reconnects within two seconds', async () => {
  const [lost] = await sockscope.destroy(filter);
  assert.equal(lost?.outcome, 'destroyed');
  await sockscope.waitForReconnect(filter, { within: '2s' });
  assert.equal(await redis.get('greeting'), 'hello');
});

it('reconnects in each of several rounds, measured by the kernel', async () => {
  const { rounds, summary } = await sockscope.drill(filter, { times: 3, every: '1s', wait: '5s' });
  for (const { verdict, recoveredMs, message } of rounds) {
    assert.equal(verdict, 'recovered', message);
    assert.ok(recoveredMs !== null && recoveredMs < 2000, message);
  }
  assert.equal(summary.recovered, 3);
});

it('commands wait while Redis is down, and are answered when it is up again', async () => {
  const outage = await sockscope.outage(filter, { for: '10s', fault: 'refused' });
  const answer = redis.get('greeting');
  const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'none yet'))]);
  assert.equal(early, 'none yet');
  await outage.stop();
  assert.equal(await answer, 'hello');
});
