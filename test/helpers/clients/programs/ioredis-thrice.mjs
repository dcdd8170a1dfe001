/** ioredis, with a strategy that gives up after three attempts. Its argument is the port. */

import { Redis } from 'ioredis';

const redis = new Redis(Number(process.argv[2]), '127.0.0.1', {
  retryStrategy: (attempts) => (attempts > 3 ? null : 100),
});
redis.on('error', () => {});
redis.once('ready', () => console.log('ready'));
setInterval(() => {}, 1000);
