/** pg's Client without an error handler: its connection's loss ends the program. Its argument is the port. */

import pg from 'pg';

process.once('uncaughtException', () => process.exit(1)); // as Node does, without the stack

const client = new pg.Client({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  user: 'me',
  database: 'postgres',
});
await client.connect();
console.log('ready');
setInterval(() => {}, 1000);
