/**
 * The matchers of Jest, here with its package `expect` alone, under Node's own test runner. In Jest, `setupFilesAfterEnv:
 * ['sockscope/jest']` adds them to every file of tests. Needs a Redis server at REDIS_PORT (default: 6379), and an agent.
 */

import { after, before, beforeEach, it } from 'node:test';
import { expect } from 'expect';
import { Redis } from 'ioredis';
import { extend } from 'sockscope/jest';

extend(expect);

const port = Number(process.env.REDIS_PORT ?? 6379);
/** Only the connections of this process to Redis. */
const filter = `pid:${process.pid} remote:${port}`;

let redis;
before(async () => {
  redis = new Redis(port, '127.0.0.1');
  redis.on('error', () => {}); // ioredis connects again by itself
  await redis.set('greeting', 'hello');
});
beforeEach(() => redis.ping()); // it is connected again
after(() => redis?.disconnect());

it('reconnects in time', () => expect(filter).toReconnectWithin('30s'));

it('does not reconnect at once', () =>
  expect(expect(filter).toReconnectWithin(1)).rejects.toThrow(/did not recover within 1ms/));

it('would not notice a dead server within a minute', () => expect(filter).not.toNoticeDeadPeerWithin('1m'));

it('is told of a filter that matches nothing', () =>
  expect(expect(`pid:${process.pid} remote:1`).toLeakNoSockets(() => redis.ping())).rejects.toThrow(
    /No socket matches pid:.* remote:1, neither before nor afterwards/,
  ));

it('is told of a connection that is left behind', async () => {
  const other = new Redis(port, '127.0.0.1', { lazyConnect: true });
  const leaking = expect(filter).toLeakNoSockets(() => other.get('greeting'), { settle: '200ms' });
  await expect(leaking.finally(() => other.disconnect())).rejects.toThrow(/2 sockets match .*, 1 did before/);
});
