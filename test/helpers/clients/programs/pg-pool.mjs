/** pg's Pool with its default options, with a query every fifth of a second. Its argument is the port. */

import pg from 'pg';

const pool = new pg.Pool({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  user: 'me',
  database: 'postgres',
});
pool.on('error', () => {}); // an idle connection was lost; the next query makes another one
await pool.query('select 1');
console.log('ready');
setInterval(() => pool.query('select 1').catch(() => {}), 200);
