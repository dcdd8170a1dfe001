/** A kernel's row says what was seen at the sockets, not what a command said of itself; the documentation has all that ran. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { variants } from '../../scripts/qemu/smoke/variants.mjs';
import { core } from '../../scripts/suites/agent-core.mjs';
import { coreColumns, coreRows, coreText } from '../../scripts/suites/core-table.mjs';
import { columns, rowOf } from '../../scripts/suites/kernel-table.mjs';
import { tableIn, tableOf } from '../../scripts/suites/markdown-table.mjs';

const page = readFileSync('.github/docs/kernels.md', 'utf8');

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
    tableOf(columns, [rowOf('Linux 6.12', guest)]).split('\n')[2],
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
  assert.equal(tableIn(columns, page), tableOf(columns, rows));
});

it('a row of the core adds up its files, and says how many ran', () => {
  const files = { one: { passed: 3, failed: 1, skipped: 0 }, two: { passed: 4, failed: 0, skipped: 2 } };
  const kept = { '6.1': { release: '6.1.0-50', files } };
  const names = ['one', 'two', 'three'];
  assert.deepEqual(coreRows(kept, names), [
    { kernel: 'Linux 6.1', release: '6.1.0-50', files: '2 of 3', passed: 7, failed: 1, skipped: 2 },
  ]);
  assert.deepEqual(
    coreText(kept, names)
      .split('\n')
      .map((line: string) => line.split(/ {2,}/)),
    [
      ['passed/failed/skipped', 'Linux 6.1'],
      ['one', '3 / 1 / 0'],
      ['two', '4 / 0 / 2'],
      ['three', 'not run'],
    ],
  );
});

it('the documentation has the table of the core', () => {
  const kept = JSON.parse(readFileSync('test/kernels/core.json', 'utf8'));
  assert.equal(tableIn(coreColumns, page), tableOf(coreColumns, coreRows(kept, core)));
});
