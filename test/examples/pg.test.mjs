/**
 * Does this program's database pool survive a lost connection? Needs a PostgreSQL server at PGPORT (default: 5432) that lets
 * PGUSER in, and an agent: sudo sockscope agent serve
 */

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import pg from 'pg';
import { connect } from 'sockscope/client';

const port = Number(process.env.PGPORT ?? 5432);
/** Only the connections of this process to the database. */
const filter = `pid:${process.pid} remote:${port}`;

let sockscope;
let pool;
before(async () => {
  sockscope = await connect();
  pool = new pg.Pool({ host: '127.0.0.1', port, database: 'postgres', max: 3 });
  pool.on('error', () => {}); // an idle connection was lost: without this, the program would end
  await Promise.all([1, 2, 3].map(() => pool.query('select pg_sleep(0.05)')));
});
after(async () => {
  await pool?.end();
  sockscope?.close();
});

it('idle connections that are lost are replaced', async () => {
  const lost = await sockscope.destroy(filter);
  assert.equal(lost.length, 3);
  const { rows } = await pool.query('select 1 as one');
  assert.deepEqual(rows, [{ one: 1 }]);
  const back = await sockscope.waitForReconnect(filter, { within: '2s' });
  assert.equal(back.remote?.port, port);
});

it('a query whose connection is lost fails, and the next one works', async () => {
  const failed = assert.rejects(pool.query('select pg_sleep(30)'));
  await new Promise((resolve) => setTimeout(resolve, 100)); // the query runs
  await sockscope.destroy(filter);
  await failed;
  assert.equal((await pool.query('select 2 as two')).rows[0].two, 2);
});

it('while the database is unreachable, a query fails at once', async () => {
  const outage = await sockscope.outage(filter, { for: '10s', fault: 'unreachable' });
  try {
    await assert.rejects(pool.query('select 3'), { code: 'EHOSTUNREACH' });
  } finally {
    await outage.stop();
  }
  assert.equal((await pool.query('select 4 as four')).rows[0].four, 4);
});
