/** Lines of the audit log as a table for people. */

import type { AuditEntry } from '../protocol';

export const auditHeader = ['TIME', 'ACT', 'OUTCOME', 'PROGRAM', 'WHAT', 'FOR'];

/** One row an act: an intent has one only where no outcome follows, since the broker was ended in between. */
export function auditRows(entries: readonly AuditEntry[]): string[][] {
  const isOver = new Set<string>();
  const rows = [...entries].reverse().filter((entry) => {
    const key = keyOf(entry);
    if (entry.phase === 'outcome') isOver.add(key);
    return entry.phase !== 'intent' || !isOver.delete(key);
  });
  return rows.reverse().map(toRow);
}

function keyOf({ uid, act, cookie, process, rule }: AuditEntry): string {
  return [uid, act, cookie, process?.pid, rule].join(' ');
}

function toRow(entry: AuditEntry): string[] {
  const { time, act, phase, outcome = '', count, claimed, uid } = entry;
  const times = count === undefined ? '' : ` (${count})`;
  const client = claimed ? `, ${claimed.method} of pid ${claimed.pid}` : '';
  return [
    time,
    act,
    phase === 'intent' ? 'no outcome' : `${outcome}${times}`,
    programOf(entry),
    subjectOf(entry),
    `uid ${uid}${client}`,
  ];
}

function programOf({ owner, process }: AuditEntry): string {
  const program = owner ?? process;
  return program ? `${program.name} (pid ${program.pid})` : '';
}

function subjectOf({ local, remote, rule, fault }: AuditEntry): string {
  const places = [local, remote].flatMap((place) => (place ? [placeText(place)] : []));
  const outage = rule === undefined ? [] : [`rule ${rule}${fault ? ` (${fault})` : ''}`];
  return [...outage, places.join(' > ')].filter((text) => text !== '').join(' ');
}

function placeText({ address = '*', port }: { readonly address?: string; readonly port?: number }): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${port ?? '*'}`;
}
