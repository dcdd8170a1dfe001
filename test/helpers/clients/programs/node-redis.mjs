/** node-redis with its default options, with a command every fifth of a second. Its argument is the port. */

import { createClient } from 'redis';

const redis = createClient({ url: `redis://127.0.0.1:${process.argv[2]}` });
redis.on('error', () => {}); // it reconnects by itself
await redis.connect();
console.log('ready');
setInterval(() => redis.ping().catch(() => {}), 200);
