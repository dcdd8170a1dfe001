/** Lines of the audit log as a table for people. */

import { signalName } from '../common/signal-name';
import type { AuditEntry } from '../protocol';
import { localTime } from './local-time';

export const auditHeader = ['TIME', 'ACT', 'OUTCOME', 'PROGRAM', 'WHAT', 'FOR'];

/**
 * One row an act, or a sum of them: an intent has one only where no outcome follows, since the broker was ended in between, or has not
 * summed up yet.
 */
export function auditRows(entries: readonly AuditEntry[]): string[][] {
  const isOver = new Set<string>();
  const shown = [...withRemotes(entries)].reverse().filter((entry) => {
    const key = keyOf(entry);
    if (entry.phase === 'outcome' || entry.phase === 'sum') isOver.add(key);
    return entry.phase !== 'intent' || !isOver.delete(key);
  });
  return shown.reverse().map(toRow);
}

/** Whether some of them stand for several acts each. */
export function hasSums(entries: readonly AuditEntry[]): boolean {
  return entries.some(({ phase, common_s }) => phase === 'sum' || common_s !== undefined);
}

function keyOf({ uid, act, phase, common_s, cookie, owner, process, rule }: AuditEntry): string {
  if (phase === 'sum' || common_s !== undefined) return ['many', uid, act, (owner ?? process)?.pid].join(' ');
  return [uid, act, cookie, process?.pid, rule].join(' ');
}

/** The lines of an outage after its start name its rule only, whose number the next outage takes over. */
function withRemotes(entries: readonly AuditEntry[]): AuditEntry[] {
  const started = new Map<string, AuditEntry>();
  return entries.map((entry) => {
    if (entry.rule === undefined) return entry;
    const key = `${entry.uid} ${entry.rule}`;
    if (entry.act === 'set-outage') started.set(key, entry);
    const remote = entry.remote ?? started.get(key)?.remote;
    return remote ? { ...entry, remote } : entry;
  });
}

function toRow(entry: AuditEntry): string[] {
  const { time, phase, outcome = '', count, claimed, uid } = entry;
  const times = count === undefined ? '' : ` (${count})`;
  return [
    localTime(time),
    actText(entry),
    phase === 'intent' ? withoutOutcome(entry) : `${outcome}${times}`,
    programOf(entry),
    subjectOf(entry),
    `uid ${uid}${claimed ? ` (says the agent: ${claimed.method} of pid ${claimed.pid})` : ''}`,
  ];
}

function withoutOutcome({ common_s }: AuditEntry): string {
  return common_s === undefined ? 'no outcome' : 'many, no sum yet';
}

function actText({ act, signal, fault }: AuditEntry): string {
  const what = signal === undefined ? fault : signalName(signal);
  return what === undefined ? act : `${act} ${what}`;
}

function programOf({ owner, process }: AuditEntry): string {
  const program = owner ?? process;
  return program ? `${program.name} (pid ${program.pid})` : '';
}

function subjectOf({ local, remote }: AuditEntry): string {
  return [local, remote].flatMap((place) => (place ? [placeText(place)] : [])).join(' > ');
}

function placeText({ address = '*', port }: { readonly address?: string; readonly port?: number }): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${port ?? '*'}`;
}
