/** Texts of a destroy: the question before it and the report after it. Pure. */

import {
  type DestroyedSocket,
  formatTuple,
  type Outcome,
  outcomes,
  type PlannedSocket,
  type Socket,
} from '../../agent/protocol';
import { forScreen } from '../base/editor-words';
import { numberText, plain, type Translate, withArrow } from '../base/text';
import { ownersText } from '../tree/socket-text';
import { isListener, processesOf } from '../tree/sockets';

/** A socket with the predicted outcome of a destroy. */
export interface Planned {
  readonly socket: Socket;
  readonly plan: PlannedSocket;
}

export interface Question {
  readonly message: string;
  readonly detail: string;
}

/** Rows named in a question before the rest is only counted. */
const maxNamedRows = 5;

/** True where the agent would try something. */
export function isTried({ plan }: Planned): boolean {
  return plan.act === 'destroy' || plan.act === 'reset';
}

/** The question before a destroy. `tried`: at least one socket that the agent would act on. `preface` comes first. */
export function question(
  t: Translate,
  all: readonly Planned[],
  tried: readonly Planned[],
  preface?: string,
): Question {
  const [first] = tried;
  const lines = all.length === 1 && first ? [oneDetail(t, first)] : manyDetail(t, all, tried);
  return { message: title(t, tried), detail: [...(preface ? [preface] : []), ...lines].join('\n\n') };
}

/** The agent's prediction, which also describes how the server of a listening socket reacts. */
function oneDetail(t: Translate, { socket, plan }: Planned): string {
  const milder = isListener(socket) ? ` ${milderWay(t)}` : '';
  return `${forScreen(t, plan.message)}${milder}`;
}

function milderWay(t: Translate): string {
  return t('Restarting the server is the milder way.');
}

function title(t: Translate, tried: readonly Planned[]): string {
  const [first, second] = tried;
  if (!first || second) return manyTitle(t, tried);
  const ends = withArrow(formatTuple(first.socket));
  if (first.plan.act === 'reset') return t('Reset the UDP socket {0}?', ends);
  if (isListener(first.socket)) return t('Destroy the listening socket {0}?', ends);
  return t('Destroy {0}?', ends);
}

/** Names the process if it is the only owner of all. */
function manyTitle(t: Translate, tried: readonly Planned[]): string {
  const owners = tried.map(({ socket }) => ownersText(t, socket));
  const [owner = ''] = owners;
  const isShared = tried.every(
    ({ socket }, place) => processesOf(socket).length === 1 && owners[place] === owner,
  );
  return isShared
    ? t('Destroy {0} sockets of {1}?', numberText(tried.length), owner)
    : t('Destroy {0} sockets?', numberText(tried.length));
}

function manyDetail(t: Translate, all: readonly Planned[], tried: readonly Planned[]): string[] {
  const rows = tried
    .slice(0, maxNamedRows)
    .map(({ socket }) => `${withArrow(formatTuple(socket))}  ${ownersText(t, socket)}`);
  if (tried.length > maxNamedRows) rows.push(t('and {0} more', numberText(tried.length - maxNamedRows)));
  const parts = [
    t(
      'Their processes see ECONNABORTED, their peers ECONNRESET. No process is ended, but one that does not handle the error may end itself.',
    ),
    rows.join('\n'),
  ];
  const resets = tried.filter(({ plan }) => plan.act === 'reset').length;
  if (resets > 0)
    parts.push(t('UDP sockets among them: {0}. They are reset and stay bound.', numberText(resets)));
  const listeners = tried.filter(({ socket }) => isListener(socket)).length;
  if (listeners > 0) parts.push(listenerWarning(t, listeners));
  const left = all.filter((one) => !tried.includes(one));
  if (left.length > 0)
    parts.push(
      t(
        'Left alone: {0}.',
        counts(
          t,
          left.map(({ plan }) => leftAs(plan)),
        ),
      ),
    );
  return parts;
}

function leftAs({ act }: PlannedSocket): Outcome {
  return act === 'destroy' ? 'destroyed' : act;
}

/** Seen with Node, Python, nginx and Java servers. */
function listenerWarning(t: Translate, count: number): string {
  const warning = t(
    'Listening sockets among them: {0}. Most servers do not notice that: they stay alive but deaf, often using a whole CPU, and the port often stays taken.',
    numberText(count),
  );
  return `${warning} ${milderWay(t)}`;
}

/** The reason where no target can be destroyed. */
export function refusal(t: Translate, all: readonly Planned[]): string {
  const [first] = all;
  if (!first) return t('There is no connection to destroy here.');
  const why = forScreen(t, first.plan.message);
  if (all.length === 1) return why;
  const left = counts(
    t,
    all.map(({ plan }) => leftAs(plan)),
  );
  return t(
    'None of the {0} sockets can be destroyed: {1}. The first: {2}',
    numberText(all.length),
    left,
    why,
  );
}

/** `8 destroyed, 1 gone already`, in a fixed order. */
export function counts(t: Translate, found: readonly Outcome[]): string {
  return outcomes
    .map((outcome) => ({ outcome, count: found.filter((one) => one === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${numberText(count)} ${outcomeText(t, outcome)}`)
    .join(', ');
}

function outcomeText(t: Translate, outcome: Outcome): string {
  const words: Record<Outcome, () => string> = {
    destroyed: () => t('destroyed'),
    reset: () => t('reset'),
    gone: () => t('gone already'),
    changed: () => t('changed meanwhile'),
    protected: () => t('protected'),
    denied: () => t('not permitted'),
    unsupported: () => t('not supported here'),
    failed: () => t('failed'),
  };
  return words[outcome]();
}

interface Report {
  readonly kind: 'info' | 'warning';
  readonly message: string;
}

/** The agent's sentence for one socket, counts for many: `3 sockets destroyed.`, `3 sockets: 2 destroyed, 1 failed.` */
export function report(t: Translate, results: readonly DestroyedSocket[]): Report {
  const [first, second] = results;
  const kind = results.every(({ outcome }) => isGood(outcome)) ? 'info' : 'warning';
  if (first && !second) return { kind, message: forScreen(t, first.message) };
  if (first && results.every(({ outcome }) => outcome === first.outcome))
    return {
      kind,
      message: t('{0} sockets {1}.', numberText(results.length), outcomeText(t, first.outcome)),
    };
  const found = counts(
    t,
    results.map(({ outcome }) => outcome),
  );
  return { kind, message: t('{0} sockets: {1}.', numberText(results.length), found) };
}

function isGood(outcome: Outcome): boolean {
  return outcome === 'destroyed' || outcome === 'reset' || outcome === 'gone';
}

/** One line for the log. */
export function logLine(result: DestroyedSocket): string {
  const { outcome, engine, errno, netns, cookie, message } = result;
  const facts = [outcome, engine, errno].filter((fact) => fact !== null).join(' ');
  return `${result.protocol} ${formatTuple(result)} netns ${netns} cookie ${cookie}: ${facts}: ${plain(message, 600)}`;
}
