/** node-redis as it comes, with a command every fifth of a second. Its argument is the port. */

import { createClient } from 'redis';

const redis = createClient({ url: `redis://127.0.0.1:${process.argv[2]}` });
redis.on('error', () => {}); // it comes back by itself
await redis.connect();
console.log('ready');
setInterval(() => redis.ping().catch(() => {}), 200);
