/** A kernel's row says what was seen at the sockets, not what a command said of itself; the documentation has every row. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { variants } from '../../scripts/qemu/smoke/variants.mjs';
import { rowOf, tableIn, tableOf } from '../../scripts/suites/kernel-table.mjs';

const destroyed = (outcome: string, engine: string | null) => ({ json: { results: [{ outcome, engine }] } });

const guest = {
  release: '6.12.117',
  doctor: { json: { checks: [{ name: 'list', ok: true }] } },
  destroy: destroyed('destroyed', 'bpf'),
  ends: { victim: 'ECONNABORTED', bystanderEchoes: true },
  udp: { destroy: destroyed('reset', 'bpf') },
  timeWait: destroyed('unsupported', 'sock_diag'),
  reason: 'unknown',
  held: { during: 'EHOSTUNREACH', after: null },
};

it('each column has the engine or the outcome', () =>
  assert.equal(
    tableOf([rowOf('Linux 6.12', guest)]).split('\n')[2],
    '| Linux 6.12 | 6.12.117 | bpf | bpf | unsupported | task_file | polling | yes |',
  ));

it('a victim without its error, a dead bystander and an outage that stays are no success', () => {
  for (const ends of [
    { victim: null, bystanderEchoes: true },
    { victim: 'ECONNABORTED', bystanderEchoes: false },
  ])
    assert.equal(rowOf('', { ...guest, ends }).tcp, 'failed');
  assert.equal(
    rowOf('', { ...guest, held: { during: 'EHOSTUNREACH', after: 'EHOSTUNREACH' } }).outages,
    'no',
  );
  assert.equal(rowOf('', { ...guest, timeWait: null }).timeWait, 'not seen');
  assert.equal(rowOf('', { ...guest, reason: null }).events, 'not seen');
});

it('the documentation has the table of the guests, with every kind of kernel', () => {
  const rows = JSON.parse(readFileSync('test/kernels/rows.json', 'utf8'));
  assert.deepEqual(
    rows.map(({ name }: { name: string }) => name),
    Object.keys(variants),
  );
  assert.equal(tableIn(readFileSync('.github/docs/kernels.md', 'utf8')), tableOf(rows));
});
