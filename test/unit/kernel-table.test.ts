/** A kernel's row says what was seen at the sockets, not what a command said of itself. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rowOf, tableOf } from '../../scripts/suites/kernel-table.mjs';

const destroyed = (outcome: string, engine: string | null) => ({ json: { results: [{ outcome, engine }] } });

const guest = {
  release: '6.12.117',
  doctor: { json: { checks: [{ name: 'list', ok: true }] } },
  destroy: destroyed('destroyed', 'bpf'),
  ends: { victim: 'ECONNABORTED', bystanderEchoes: true },
  udp: { destroy: destroyed('reset', 'bpf') },
  timeWait: destroyed('unsupported', 'sock_diag'),
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
});
