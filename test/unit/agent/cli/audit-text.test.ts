import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditRows, hasSums } from '../../../../agent/cli/audit-text';
import type { AuditEntry } from '../../../../agent/protocol';

const time = '2026-11-28T22:30:00.123Z';
/** In the time zone of whoever reads it. */
const shown = new Date(Date.parse(time) - new Date(time).getTimezoneOffset() * 60_000)
  .toISOString()
  .slice(0, 19)
  .replace('T', ' ');
const claimed = { uid: 1000, pid: 7, method: 'sockets/destroy' };
const node = { pid: 42, name: 'node' };
const destroy: AuditEntry = {
  ...{ time, uid: 1000, scope: 'mine', phase: 'outcome', act: 'destroy', claimed, cookie: '1', owner: node },
  local: { address: '::1', port: 3000 },
  remote: { address: '10.0.0.5', port: 5432 },
  outcome: 'destroyed',
};

describe('the table of the audit log', () => {
  it('has an act once, with its outcome', () => {
    const intent: AuditEntry = { ...destroy, phase: 'intent' };
    assert.deepEqual(auditRows([intent, destroy]), [
      [
        ...[shown, 'destroy', 'destroyed', 'node (pid 42)', '[::1]:3000 > 10.0.0.5:5432'],
        'uid 1000 (says the agent: sockets/destroy of pid 7)',
      ],
    ]);
  });

  it('has an intent that no outcome follows', () => {
    const intent: AuditEntry = { ...destroy, phase: 'intent', outcome: '' };
    const outcomes = auditRows([intent, destroy, intent, { ...destroy, cookie: '2' }]).map(
      ([, , outcome]) => outcome,
    );
    assert.deepEqual(outcomes, ['destroyed', 'no outcome', 'destroyed']);
  });

  it('has sums, and what is not summed up yet', () => {
    const { cookie: _, local: __, remote: ___, outcome: ____, ...common } = destroy;
    const intent: AuditEntry = { ...common, phase: 'intent', common_s: 60 };
    const sum: AuditEntry = { ...common, phase: 'sum', outcome: 'destroyed', count: 120 };
    const other: AuditEntry = { ...intent, owner: { pid: 43, name: 'python3' } };
    const rows = auditRows([destroy, intent, other, sum, { ...sum, outcome: 'gone', count: 3 }, intent]);
    assert.deepEqual(
      rows.map(([, , outcome, program]) => [outcome, program]),
      [
        ['destroyed', 'node (pid 42)'],
        ['many, no sum yet', 'python3 (pid 43)'],
        ['destroyed (120)', 'node (pid 42)'],
        ['gone (3)', 'node (pid 42)'],
        ['many, no sum yet', 'node (pid 42)'],
      ],
    );
    assert.deepEqual([hasSums([destroy]), hasSums([destroy, sum]), hasSums([intent])], [false, true, true]);
  });

  it('has counts, signals and outages', () => {
    const more = { time, uid: 0, scope: 'all' } as const;
    const rows = auditRows([
      { ...more, phase: 'sum', act: 'destroy', outcome: 'denied', count: 800 },
      { ...more, phase: 'refusal', act: 'signal', signal: 15, outcome: 'denied', process: node, claimed },
      {
        ...more,
        phase: 'outcome',
        act: 'set-outage',
        outcome: 'done',
        rule: 3,
        fault: 'refused',
        remote: { port: 9 },
      },
      { ...more, phase: 'outcome', act: 'clear-outage', outcome: 'done', rule: 3 },
    ]);
    assert.deepEqual(rows, [
      [shown, 'destroy', 'denied (800)', '', '', 'uid 0'],
      [
        shown,
        'signal SIGTERM',
        'denied',
        'node (pid 42)',
        '',
        'uid 0 (says the agent: sockets/destroy of pid 7)',
      ],
      [shown, 'set-outage refused', 'done', '', '*:9', 'uid 0'],
      [shown, 'clear-outage', 'done', '', '*:9', 'uid 0'],
    ]);
  });
});
