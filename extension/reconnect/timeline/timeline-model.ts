/** Converts a run to the data of its page: marks, bars, rows and the summary. Pure; escapes all names. */

import {
  type Attempt,
  attemptResults,
  durationText,
  type Fault,
  formatEndpoint,
  type ProcessEnd,
} from '../../../agent/protocol';
import { momentText, numberText, plain, type Translate } from '../../base/text';
import { verdictWord } from './result-words';
import type { Run, RunRound } from './timeline-run';
import { atLeast, orDash, stateText, summaryCells, summaryNumbers } from './timeline-summary';
import type { Bar, Mark, MarkKind, RoundView, RunHead, RunView } from './timeline-view';

/** Attempts of a round, and of a run, that are drawn: a storm has more than a page can hold. Exports contain all. */
const maxAttemptsPerRound = 500;
const maxAttemptsPerRun = 10_000;

/** The start times of rounds in a file are untrusted. */
const maxRunMs = 30 * 24 * 60 * 60 * 1000;

/** `now`: Unix time in milliseconds. */
export function runView(t: Translate, run: Run, now: number): RunView {
  return { ...runHead(t, run, now), rounds: run.rounds.map((_, index) => roundView(t, run, index)) };
}

export function runHead(t: Translate, run: Run, now: number): RunHead {
  const [first] = run.rounds;
  return {
    id: run.id,
    title: runTitle(t, run),
    state: stateText(t, run),
    elapsedMs: run.state === 'running' ? Math.max(0, first ? now - Date.parse(first.startedAt) : 0) : null,
    summary: summaryCells(t, run),
    numbers: summaryNumbers(run),
  };
}

function runTitle(t: Translate, { target, file, rounds, id }: Run): string {
  const began = rounds[0] && momentText(new Date(rounds[0].startedAt));
  if (file !== null) return t('{0} ({1})', plain(file, 60), plain(target, 120));
  return began ? t('{0}, {1}', plain(target, 120), began) : t('{0}, run {1}', plain(target, 120), String(id));
}

export function roundColumns(t: Translate): readonly string[] {
  return [
    t('Round'),
    t('Verdict'),
    t('Destroyed'),
    t('First attempt'),
    t('Recovered'),
    t('Bytes'),
    t('Attempts'),
    t('What happened'),
  ];
}

export function eventColumns(t: Translate): readonly string[] {
  return [t('Round'), t('Since start'), t('Since destroy'), t('Gap'), t('Event'), t('Where'), t('Took')];
}

export function roundView(t: Translate, run: Run, index: number): RoundView {
  const round = run.rounds[index];
  if (!round) throw new RangeError(`A run has no round at ${index}`);
  const startMs = sinceStart(run, round);
  const room = Math.max(20, Math.min(maxAttemptsPerRound, Math.floor(maxAttemptsPerRun / run.rounds.length)));
  const shown = shownAttempts(round.attempts, room);
  const bar = barOf(t, run, round);
  const marks = [
    ...beginMark(t, round, startMs),
    ...shown.map((place) => attemptMark(t, round, place, startMs)),
    ...endMarks(t, round, startMs),
  ].sort((a, b) => a.atMs - b.atMs);
  return {
    round: round.round,
    startMs,
    lengthMs: Math.max(bar?.ms ?? 0, ...marks.map(({ atMs, durationMs }) => atMs + durationMs)),
    bar,
    marks,
    more: moreText(t, round, shown.length),
    cells: roundCells(t, round),
    gapsMs: round.gapsMs.slice(0, room),
    firstAttemptMs: round.firstAttemptMs,
    recoveredMs: round.allRecoveredMs,
  };
}

/** What is not drawn of a round: attempts that exports list, attempts that were only counted, and events that were lost. */
function moreText(t: Translate, { round, attempts, more, dropped }: RunRound, shown: number): string {
  const left = attempts.length - shown;
  const sentences: string[] = [];
  if (left > 0)
    sentences.push(
      t('Round {0} has {1} more attempts; exports have them all.', String(round), numberText(left)),
    );
  const counts = attemptResults
    .map((result) => ({ result, count: more.reduce((sum, { results }) => sum + (results[result] ?? 0), 0) }))
    .filter(({ count }) => count > 0)
    .map(({ result, count }) => `${numberText(count)} ${markKindText(t, result)}`);
  if (counts.length > 0)
    sentences.push(t('Of round {0} more attempts were only counted: {1}.', String(round), counts.join(', ')));
  if (dropped > 0)
    sentences.push(
      t(
        'In round {0}, {1} events were lost: there may be more attempts.',
        String(round),
        numberText(dropped),
      ),
    );
  return sentences.join(' ');
}

/** Indexes of the first attempts, and of the one that connected. */
function shownAttempts(attempts: readonly Attempt[], room: number): readonly number[] {
  const shown = [...attempts.slice(0, room).keys()];
  const connected = attempts.findIndex(({ result }, place) => place >= room && result === 'connected');
  return connected < 0 ? shown : [...shown, connected];
}

/** Milliseconds from the start of the first round to the start of this one. */
export function sinceStart({ rounds }: Run, { startedAt }: RunRound): number {
  const ms = Date.parse(startedAt) - Date.parse(rounds[0]?.startedAt ?? startedAt);
  return Math.min(Math.max(0, ms), maxRunMs);
}

function roundCells(t: Translate, round: RunRound): readonly string[] {
  const { verdict, destroyed, firstAttemptMs, bytesMs, attemptCount, incomplete, message } = round;
  return [
    String(round.round),
    verdict ? verdictWord(t, verdict) : t('running'),
    numberText(destroyed),
    orDash(firstAttemptMs),
    recoveredCell(t, round),
    orDash(bytesMs),
    atLeast(t, attemptCount, incomplete),
    plain(message, 300),
  ];
}

/** Time until all connections were back, or else the first; of several connections also their count. */
function recoveredCell(t: Translate, round: RunRound): string {
  const { cut, recovered, recoveredMs, allRecoveredMs, verdict } = round;
  if (cut <= 1 || verdict === null) return orDash(allRecoveredMs);
  const ms = allRecoveredMs ?? recoveredMs;
  return ms === null
    ? t('{0} of {1}', numberText(recovered), numberText(cut))
    : t('{0} of {1}, {2}', numberText(recovered), numberText(cut), durationText(ms));
}

function barOf(t: Translate, { hold }: Run, { verdict }: RunRound): Bar | null {
  if (!hold || verdict === 'missed' || verdict === 'denied') return null;
  return { ms: hold.ms, label: t('Held down for {0}: {1}', durationText(hold.ms), faultText(t, hold.fault)) };
}

function faultText(t: Translate, fault: Fault): string {
  const texts: Record<Fault, () => string> = {
    refused: () => t('connects are refused'),
    unreachable: () => t('the remote is unreachable'),
    denied: () => t('connects are denied'),
    blackhole: () => t('packets vanish'),
  };
  return texts[fault]();
}

interface Facts {
  readonly kind: MarkKind;
  readonly atMs: number;
  readonly durationMs?: number;
  /** Since the previous attempt. */
  readonly gapMs?: number;
  readonly what: string;
  readonly where?: string;
}

function mark(t: Translate, round: number, startMs: number, facts: Facts): Mark {
  const { kind, atMs, durationMs = 0, gapMs, what, where = '' } = facts;
  const gap = gapMs === undefined ? '' : durationText(gapMs);
  const took = durationMs > 0 ? durationText(durationMs) : '';
  const place = where === '' ? what : t('{0}, {1}', what, where);
  const label =
    took === ''
      ? t('Round {0}, {1} after the destroy: {2}.', String(round), durationText(atMs), place)
      : t('Round {0}, {1} after the destroy: {2}, took {3}.', String(round), durationText(atMs), place, took);
  const cells = [String(round), durationText(startMs + atMs), durationText(atMs), gap, what, where, took];
  return { kind, atMs, durationMs, label, cells };
}

function beginMark(t: Translate, { round, verdict, destroyed }: RunRound, startMs: number): readonly Mark[] {
  if (verdict === 'missed')
    return [mark(t, round, startMs, { kind: 'missed', atMs: 0, what: t('missed: nothing matched') })];
  if (verdict === 'denied')
    return [mark(t, round, startMs, { kind: 'missed', atMs: 0, what: t('denied: belongs to another user') })];
  const what =
    destroyed === 1 ? t('1 connection destroyed') : t('{0} connections destroyed', numberText(destroyed));
  return [mark(t, round, startMs, { kind: 'destroyed', atMs: 0, what })];
}

function attemptMark(t: Translate, round: RunRound, place: number, startMs: number): Mark {
  const attempt = round.attempts[place];
  if (!attempt) throw new RangeError(`A round has no attempt at ${place}`);
  const { atMs, durationMs, result, remote, pid, byOutage } = attempt;
  const gapMs = round.gapsMs[place - 1];
  return mark(t, round.round, startMs, {
    kind: result,
    atMs,
    durationMs,
    ...(gapMs === undefined ? {} : { gapMs }),
    what: byOutage
      ? t('attempt: {0} by the outage', markKindText(t, result))
      : t('attempt: {0}', markKindText(t, result)),
    where: t('{0} by pid {1}', plain(formatEndpoint(remote), 80), String(pid)),
  });
}

function endMarks(t: Translate, round: RunRound, startMs: number): readonly Mark[] {
  const { cut, recovered, recoveredAt, bytesMs, exit } = round;
  const recoveredMs = round.allRecoveredMs ?? round.recoveredMs;
  const marks: Mark[] = [];
  const add = (facts: Facts) => marks.push(mark(t, round.round, startMs, facts));
  if (recoveredMs !== null) {
    const where = recoveredAt ? { where: plain(formatEndpoint(recoveredAt), 80) } : {};
    const what =
      cut <= 1 ? t('recovered') : t('recovered {0} of {1}', numberText(recovered), numberText(cut));
    add({ kind: 'recovered', atMs: recoveredMs, what, ...where });
  }
  if (bytesMs !== null) add({ kind: 'bytes', atMs: bytesMs, what: t('bytes move again') });
  if (exit) for (const facts of exitFacts(t, exit)) add(facts);
  return marks;
}

function exitFacts(
  t: Translate,
  { pid, name, atMs, code, signal, restartedAs }: ProcessEnd,
): readonly Facts[] {
  const how =
    signal === null
      ? t('process ended with code {0}', String(code ?? '?'))
      : t('process ended by {0}', plain(signal, 20));
  const end: Facts = { kind: 'exit', atMs, what: how, where: `${plain(name, 80)} (pid ${pid})` };
  if (!restartedAs) return [end];
  const restart: Facts = {
    kind: 'restarted',
    atMs: restartedAs.atMs,
    what: t('started again'),
    where: `pid ${restartedAs.pid}`,
  };
  return [end, restart];
}

/** Name of a kind of mark in the legend. */
export function markKindText(t: Translate, kind: MarkKind): string {
  const texts: Record<MarkKind, () => string> = {
    destroyed: () => t('destroyed'),
    missed: () => t('missed'),
    connected: () => t('connected'),
    refused: () => t('refused'),
    unreachable: () => t('unreachable'),
    denied: () => t('denied'),
    'timed-out': () => t('timed out'),
    reset: () => t('reset'),
    abandoned: () => t('abandoned'),
    failed: () => t('failed at once'),
    pending: () => t('pending'),
    recovered: () => t('recovered'),
    bytes: () => t('bytes move'),
    exit: () => t('process ended'),
    restarted: () => t('started again'),
  };
  return texts[kind]();
}
