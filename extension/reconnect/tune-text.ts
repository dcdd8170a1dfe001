/** What connections can be tuned to, and what is said of it. Pure. */

import { noticeText } from '../../agent/client/liveness/liveness-text';
import { type Liveness, predict } from '../../agent/client/liveness/predict';
import type { LiveConnection } from '../../agent/client/liveness/read-liveness';
import { withTuning } from '../../agent/client/liveness/tune';
import { formatTuple, type TcpTimers, type TunedSocket, type Tuning } from '../../agent/protocol';
import type { Question } from '../actions/destroy-text';
import { forScreen } from '../base/editor-words';
import { numberText, type Translate, withArrow, withStop } from '../base/text';
import { ownersList } from './aim-filter';

interface Preset {
  readonly tuning: Tuning;
  readonly description: string;
}

/** The usual one first. */
export function presets(t: Translate): readonly Preset[] {
  return [
    {
      tuning: { keepalive: { idleS: 30, intervalS: 10, probes: 3 }, userTimeoutMs: 20_000 },
      description: t('usual'),
    },
    {
      tuning: { keepalive: { idleS: 10, intervalS: 5, probes: 2 }, userTimeoutMs: 10_000 },
      description: t('quick'),
    },
    {
      tuning: { keepalive: { idleS: 300, intervalS: 30, probes: 5 }, userTimeoutMs: 300_000 },
      description: t('patient'),
    },
    { tuning: { keepalive: null, userTimeoutMs: 0 }, description: t('as a program that sets neither') },
  ];
}

/** With the numbers as `sockscope tune` takes them: `keepalive 30s/10s/3, user timeout 20s` */
export function tuningText(t: Translate, { keepalive, userTimeoutMs = 0 }: Tuning): string {
  const [idle, timeout] = [
    keepalive ? `${typed(keepalive.idleS)}/${typed(keepalive.intervalS)}/${keepalive.probes}` : t('off'),
    userTimeoutMs > 0 ? typed(userTimeoutMs / 1000) : t('off'),
  ];
  return t('keepalive {0}, user timeout {1}', idle, timeout);
}

/** `30s`, `5m` */
function typed(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** `left`: others that were chosen, and are not tuned. */
export function tuneQuestion(
  t: Translate,
  connections: readonly LiveConnection[],
  left: number,
  tuning: Tuning,
): Question {
  const [first] = connections;
  const which =
    connections.length === 1 && first
      ? withArrow(formatTuple(first.socket))
      : t('{0} connections', numberText(connections.length));
  const change = changeText(
    t,
    connections,
    connections.map(({ timers }) => predict(withTuning(timers, tuning))),
  );
  const owners = ownersList(
    t,
    connections.map(({ socket }) => socket),
  );
  return {
    message: t('Tune {0}?', which),
    detail: [
      t('Set: {0}.', tuningText(t, tuning)),
      t('A dead peer would be noticed: {0}.', change),
      ...(owners === '' ? [] : [t('Of {0}.', owners)]),
      ...(left === 0
        ? []
        : [t('Left as they are, locked or with unknown timers: {0} more.', numberText(left))]),
      t(
        'Nothing is cut. Restore, in the same list, gives back what was before, for as long as this agent runs.',
      ),
    ].join('\n\n'),
  };
}

/** Of the slowest. `idle: never → about 40 s; sending: about 15 min 33 s → about 20 s` */
function changeText(t: Translate, before: readonly Liveness[], after: readonly Liveness[]): string {
  const [was, is] = [slowest(before), slowest(after)];
  return t(
    'idle: {0} → {1}; sending: {2} → {3}',
    noticeText(was.idleMs),
    noticeText(is.idleMs),
    noticeText(was.sendingMs),
    noticeText(is.sendingMs),
  );
}

function slowest(all: readonly Liveness[]): Liveness {
  const idle = all.map(({ idleMs }) => idleMs ?? Number.POSITIVE_INFINITY);
  const idleMs = Math.max(...idle);
  return {
    idleMs: Number.isFinite(idleMs) ? idleMs : null,
    sendingMs: Math.max(...all.map(({ sendingMs }) => sendingMs)),
  };
}

type Read = TunedSocket & { readonly before: TcpTimers; readonly after: TcpTimers };

function isDone({ outcome }: TunedSocket): boolean {
  return outcome === 'tuned' || outcome === 'restored';
}

function isRead({ before, after }: TunedSocket): boolean {
  return before !== null && after !== null;
}

/** By the timers that were read before and after; of those that were not read, and of the others, what the agent says of the first. */
export function tunedReport(t: Translate, results: readonly TunedSocket[]) {
  const done = results.filter(isDone);
  const read = done.filter((result): result is Read => isRead(result));
  const unread = done.find((result) => !isRead(result));
  const others = results.filter((result) => !isDone(result));
  const [failed] = others;
  const sentences: string[] = [];
  if (read.length > 0) sentences.push(doneText(t, read));
  if (unread) sentences.push(withStop(t, forScreen(t, unread.message)));
  if (failed) sentences.push(withStop(t, forScreen(t, failed.message)));
  if (others.length > 1)
    sentences.push(t('Not tuned: {0} of {1}.', numberText(others.length), numberText(results.length)));
  return { kind: failed ? ('warning' as const) : ('info' as const), message: sentences.join(' ') };
}

function doneText(t: Translate, done: readonly Read[]): string {
  const [first] = done;
  const change = changeText(
    t,
    done.map(({ before }) => predict(before)),
    done.map(({ after }) => predict(after)),
  );
  return done.length === 1 && first
    ? t('{0}: {1}.', withArrow(formatTuple(first)), change)
    : t('{0} connections, of which the slowest: {1}.', numberText(done.length), change);
}
