/**
 * Does this program's Redis client reconnect, and notice a dead server? For Vitest; needs a Redis server at REDIS_PORT (default: 6379),
 * and an agent: sudo sockscope agent serve
 */

import { Redis } from 'ioredis';
import { expect, test } from 'sockscope/vitest';
import { afterAll, beforeAll } from 'vitest';

const port = Number(process.env.REDIS_PORT ?? 6379);
/** Only the connections of this process to Redis. */
const filter = `pid:${process.pid} remote:${port}`;

let redis;
beforeAll(async () => {
  redis = new Redis(port, '127.0.0.1');
  redis.on('error', () => {}); // ioredis connects again by itself
  await redis.set('greeting', 'hello');
});
afterAll(() => redis?.disconnect());

test('reconnects in time, each time', async () => {
  await expect(filter).toReconnectWithin('30s', { times: 2, every: '500ms' });
});

test('reconnects after an outage, and loses no command', async ({ sockscope }) => {
  const outage = await sockscope.outage(filter, { for: '30s', fault: 'refused' });
  const answer = redis.get('greeting');
  await outage.stop();
  expect(await answer).toBe('hello');
});

test('would notice a dead server at some time, but not within a minute', async () => {
  await expect(filter).toNoticeDeadPeerWithin('3h');
  await expect(filter).not.toNoticeDeadPeerWithin('1m');
});

test('leaves no connection behind', async () => {
  await expect(filter).toLeakNoSockets(
    async () => {
      const another = new Redis(port, '127.0.0.1');
      await another.get('greeting');
      another.disconnect();
    },
    { settle: '30s' },
  );
});
