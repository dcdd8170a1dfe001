/** ioredis with its default options, with a command every fifth of a second. Its argument is the port. */

import { Redis } from 'ioredis';

const redis = new Redis(Number(process.argv[2]), '127.0.0.1');
redis.on('error', () => {}); // it reconnects by itself
redis.once('ready', () => console.log('ready'));
setInterval(() => redis.ping().catch(() => {}), 200);
