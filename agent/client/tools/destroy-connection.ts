/** The tool `destroy_connection`. */

import * as v from 'valibot';
import { ownersText } from '../../common/wording';
import {
  type DestroyedSocket,
  type End,
  formatTuple,
  type Owner,
  outcomes,
  type PlannedSocket,
  parseActingFilter,
  type Target,
} from '../../protocol';
import { destroyAll, isTried, leftAlone, planAll } from '../destroy-all';
import { listAll } from '../list-all';
import { targetsAt } from '../target-end';
import { fitting, moreText, sentences } from './bounds';
import { actingFilter, end as endInput, flag } from './inputs';
import { nameContainers } from './list-sockets';
import {
  type Answer,
  type Proposal,
  requireActing,
  type ToolConnection,
  type ToolHost,
  tool,
  using,
} from './tool';

/** Sockets that a question names, and results in an answer. */
const maxNamed = 20;
const maxResults = 50;

/** Never what carries a session, and no listening socket. */
const options = { engine: 'auto', includeListeners: false } as const;

export const destroyConnection = tool({
  name: 'destroy_connection',
  title: 'Destroy Connection',
  description:
    'Aborts the one TCP connection that a filter matches while its process lives on: its program gets ECONNABORTED, its peer ECONNRESET. With all: true, every connection that matches. The user is asked first. Listening sockets, and what carries an editor, a remote session or the agent, are never destroyed.',
  input: v.strictObject({
    filter: actingFilter,
    all: flag('Destroys all that match; if omitted, the filter must match exactly one'),
    end: endInput,
  }),
  access: 'act',
  run: (host, { filter, all = false, end = 'local' }) =>
    using(host.toTry(), (connection) => propose(host, connection, { filter, all, end })),
});

interface Wish {
  readonly filter: string;
  readonly all: boolean;
  readonly end: End;
}

async function propose(host: ToolHost, connection: ToolConnection, wish: Wish): Promise<Answer | Proposal> {
  const { filter, all, end } = wish;
  const parsed = parseActingFilter(filter);
  if (!parsed.ok) throw new Error(parsed.message);
  requireActing(connection);
  await nameContainers(connection, filter);
  const { sockets } = await listAll(connection, filter);
  const targets = targetsAt(sockets, end);
  const isObserver = connection.info.mode === 'observer';
  if (targets.length === 0) {
    // It does not see all that an agent sees.
    if (isObserver) throw host.noAgent();
    return failure(nothingText(wish, sockets.length), []);
  }
  const plan = await planAll(connection, targets, options);
  const tried = targets.filter((_, index) => isTried(plan[index] as PlannedSocket));
  const others = leftAlone(plan);
  if (isObserver && others.every(({ outcome }) => outcome === 'denied')) throw host.noAgent();
  if (tried.length === 0) return failure(null, others);
  if (isObserver) throw host.noAgent();
  if (tried.length > 1 && !all) return manyAnswer(tried.length, plan.filter(isTried));
  return {
    question: questionOf(tried, plan.filter(isTried), others.length),
    act: () =>
      using(host.toTry(), async (agent) => resultsAnswer(await destroyAll(agent, tried, options), others)),
  };
}

function nothingText({ filter }: Wish, matching: number): string {
  return matching === 0
    ? `Nothing matches ${filter}`
    : `Nothing that matches ${filter} has a peer on this machine`;
}

function manyAnswer(many: number, plan: readonly PlannedSocket[]): Answer {
  const { shown, more } = fitting(plan.map(planRow), maxResults);
  return {
    message: sentences([
      `${many} connections match, and nothing was done: name one, as by its cookie, or pass all: true`,
      moreText(more),
    ]),
    details: { matching: shown, more },
    failed: true,
  };
}

function planRow(planned: PlannedSocket): object {
  return { socket: formatTuple(planned), cookie: planned.cookie, message: planned.message };
}

function questionOf(
  targets: readonly (Target & { readonly owners: readonly Owner[] })[],
  plan: readonly PlannedSocket[],
  others: number,
): string {
  const [first, second] = plan;
  if (first && !second) return [`Destroy ${formatTuple(first)}?`, `${first.message}.`].join('\n');
  const lines = targets
    .slice(0, maxNamed)
    .map((target) => `  ${formatTuple(target)}, ${ownersText(target.owners)}`);
  return [
    `Destroy ${targets.length} connections?`,
    ...lines,
    ...(targets.length > maxNamed ? [`  and ${targets.length - maxNamed} more`] : []),
    'Their processes get ECONNABORTED, their peers ECONNRESET.',
    ...(others > 0 ? [`${others} more that match are left alone.`] : []),
  ].join('\n');
}

function resultsAnswer(results: readonly DestroyedSocket[], others: readonly DestroyedSocket[]): Answer {
  const [first, ...more] = [...results, ...others];
  const done = results.some(({ outcome }) => outcome === 'destroyed' || outcome === 'reset');
  const text = first && more.length === 0 ? first.message : countText([...results, ...others]);
  return { ...answer(text, [...results, ...others]), failed: !done };
}

function failure(text: string | null, results: readonly DestroyedSocket[]): Answer {
  const [first] = results;
  const why =
    first && results.length > 1 ? `${countText(results)}. The first: ${first.message}` : first?.message;
  return { ...answer(text ?? why ?? '', results), failed: true };
}

/** `8 destroyed, 1 gone` */
function countText(results: readonly DestroyedSocket[]): string {
  const count = (one: DestroyedSocket['outcome']) => results.filter(({ outcome }) => outcome === one).length;
  return outcomes
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`)
    .join(', ');
}

function answer(text: string, results: readonly DestroyedSocket[]): Answer {
  const { shown, more } = fitting(
    results.map(({ outcome, engine, errno, message, cookie, netns, ...target }) => ({
      outcome,
      engine,
      errno,
      socket: formatTuple(target),
      cookie,
      netns,
      message,
    })),
    maxResults,
  );
  return { message: sentences([text]), details: { results: shown, more } };
}
