/** An HTTP server that keeps connections open. Its argument is the port. */

import { createServer } from 'node:http';

const server = createServer((_, answer) => answer.end('hello'));
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
