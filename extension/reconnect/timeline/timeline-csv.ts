/** A run as CSV (RFC 4180), a line for each event. Pure. */

import type { Attempt, AttemptGroup } from '../../../agent/protocol';
import { sinceStart } from './timeline-model';
import type { Run, RunRound } from './timeline-run';

const columns = [
  'target',
  'round',
  'round_started_at',
  'event',
  'since_start_ms',
  'since_destroy_ms',
  'duration_ms',
  'result',
  'address',
  'port',
  'pid',
  'by_outage',
  'text',
] as const;
type Cells = Partial<Record<(typeof columns)[number], string | number | boolean | null>>;

export function toCsv(run: Run): string {
  const lines = run.rounds.flatMap((round) =>
    eventsOf(run, round).map((cells) => ({
      target: run.target,
      round: round.round,
      round_started_at: round.startedAt,
      ...cells,
      since_start_ms: ms(sinceStart(run, round) + Number(cells.since_destroy_ms)),
    })),
  );
  const rows = lines.map((cells: Cells) => columns.map((column) => cell(cells[column] ?? null)).join(','));
  return [columns.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

function eventsOf({ hold }: Run, round: RunRound): readonly Cells[] {
  const { verdict, destroyed, cut, recovered, recoveredAt, bytesMs, exit, message } = round;
  if (verdict === 'missed' || verdict === 'denied')
    return [{ event: verdict, since_destroy_ms: 0, result: verdict, text: message }];
  const events: Cells[] = [{ event: 'destroyed', since_destroy_ms: 0, result: destroyed }];
  if (hold) events.push({ event: 'held', since_destroy_ms: 0, duration_ms: hold.ms, result: hold.fault });
  events.push(...round.attempts.map(attemptCells), ...round.more.flatMap(groupCells));
  const recoveredMs = round.allRecoveredMs ?? round.recoveredMs;
  if (recoveredMs !== null)
    events.push({
      event: 'recovered',
      since_destroy_ms: recoveredMs,
      result: cut > 0 ? `${recovered} of ${cut}` : null,
      address: recoveredAt?.address ?? null,
      port: recoveredAt?.port ?? null,
    });
  if (bytesMs !== null) events.push({ event: 'bytes', since_destroy_ms: bytesMs });
  if (exit) {
    const { pid, name, atMs, code, signal, restartedAs } = exit;
    events.push({ event: 'exit', since_destroy_ms: atMs, result: signal ?? code, pid, text: name });
    if (restartedAs)
      events.push({ event: 'restarted', since_destroy_ms: restartedAs.atMs, pid: restartedAs.pid });
  }
  if (round.dropped > 0)
    events.push({ event: 'lost', since_destroy_ms: lastOf(events), result: round.dropped });
  if (verdict !== null)
    events.push({ event: 'verdict', since_destroy_ms: lastOf(events), result: verdict, text: message });
  return events;
}

function attemptCells({ atMs, durationMs, result, remote, pid, byOutage }: Attempt): Cells {
  const { address, port } = remote;
  return {
    event: 'attempt',
    since_destroy_ms: atMs,
    duration_ms: durationMs,
    result,
    address,
    port,
    pid,
    by_outage: byOutage,
  };
}

/** A line for each result: attempts that were only counted. */
function groupCells({ pid, remote, firstMs, lastMs, results }: AttemptGroup): readonly Cells[] {
  return Object.entries(results).map(([result, count]) => ({
    event: 'attempts',
    since_destroy_ms: firstMs,
    duration_ms: ms(lastMs - firstMs),
    result,
    address: remote?.address ?? null,
    port: remote?.port ?? null,
    pid,
    text: String(count),
  }));
}

function lastOf(events: readonly Cells[]): number {
  return events.reduce((last, { since_destroy_ms }) => Math.max(last, Number(since_destroy_ms)), 0);
}

function ms(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Quotes text that begins like a formula, which a spreadsheet would evaluate. */
function cell(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
