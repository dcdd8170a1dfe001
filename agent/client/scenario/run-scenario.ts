/** Takes the steps of a scenario, one after the other. */

import { count } from '../../common/process-text';
import {
  type DegradeParams,
  type DegradeResult,
  type DrillParams,
  type DrillResult,
  durationText,
} from '../../protocol';
import type { Client } from '../connect';
import { isDrilled, summaryText } from '../drill-summary';
import { abortable } from '../library/abort';
import { listAll } from '../list-all';
import { waitUntil } from '../ports/wait-until';
import { nameContainers } from '../tools/list-sockets';
import { endedSince, type Holders, holdersOf, leaksSince } from './held-sockets';
import { failuresOf } from './judge';
import { measuredText, stepText } from './step-text';
import type { DegradeStep, FaultStep, Scenario, Step, WaitStep } from './steps';

export interface ScenarioHost {
  readonly client: Client;
  /** Null: the user was asked, and said no. */
  drill(params: DrillParams): Promise<DrillResult | null>;
  /** Likewise. */
  degrade(params: DegradeParams): Promise<DegradeResult | null>;
  /** Aborted when the user wants it to end; its reason is an Error. */
  readonly signal: AbortSignal;
}

/** What came of a step. */
interface Happened {
  /** A sentence without a full stop; empty: the failures say all. */
  readonly message: string;
  /** Why it failed: sentences likewise. */
  readonly failures: readonly string[];
  /** Null: nothing was measured. */
  readonly drill: DrillResult | null;
  /** Likewise, of a degrade. */
  readonly degrade: DegradeResult | null;
  /** That it ended with; null: none. */
  readonly error: unknown;
}

export interface StepResult extends Happened {
  /** From 1, both. */
  readonly loop: number;
  readonly step: number;
  readonly kind: Step['kind'];
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
}

const nothing: Happened = { message: '', failures: [], drill: null, degrade: null, error: null };
/** How long a degrade waits until no process holds more than before; milliseconds. */
const leakWaitMs = 30_000;

/** One result for each step. The first failure ends it: what is left of that loop is skipped. */
export async function* runScenario(
  host: ScenarioHost,
  { loops, steps }: Scenario,
): AsyncGenerator<StepResult, void, void> {
  let hasFailed = false;
  for (let loop = 1; loop <= loops && !hasFailed; loop++)
    for (const [index, step] of steps.entries()) {
      const start = performance.now();
      const happened: Happened = hasFailed ? nothing : await take(host, step);
      const outcome = outcomeOf(happened, hasFailed);
      hasFailed ||= outcome === 'failed';
      yield {
        ...{ loop, step: index + 1, kind: step.kind, name: stepText(step), outcome },
        ...happened,
        durationMs: performance.now() - start,
      };
    }
}

function outcomeOf({ failures }: Happened, isSkipped: boolean): StepResult['outcome'] {
  if (isSkipped) return 'skipped';
  return failures.length > 0 ? 'failed' : 'passed';
}

/** Never rejects. */
async function take(host: ScenarioHost, step: Step): Promise<Happened> {
  try {
    host.signal.throwIfAborted();
    if (step.kind === 'wait') return await awaitSockets(host, step);
    return step.kind === 'degrade' ? await takeDegrade(host, step) : await takeFault(host, step);
  } catch (error) {
    return { ...nothing, failures: [messageOf(error)], error };
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function awaitSockets(host: ScenarioHost, step: WaitStep): Promise<Happened> {
  const { filter, count: least, timeoutMs } = step;
  await nameContainers(host.client, filter);
  let matching = 0;
  const enough = async () => {
    matching = (await listAll(host.client, filter)).sockets.length;
    return matching >= least ? true : null;
  };
  const start = performance.now();
  const isMet = await abortable(host.signal, waitUntil(host.client, filter, enough, timeoutMs));
  const message = `${count(matching, 'socket')} of ${least} match${matching === 1 ? 'es' : ''} ${filter}`;
  if (isMet === null) return { ...nothing, failures: [`${message} after ${durationText(timeoutMs)}`] };
  return { ...nothing, message: `${message}, after ${durationText(performance.now() - start)}` };
}

async function takeFault(host: ScenarioHost, { params, expected }: FaultStep): Promise<Happened> {
  const { client } = host;
  const { filter } = params;
  await nameContainers(client, filter);
  const matching = expected.noLeak ? (await listAll(client, filter)).sockets.filter(isDrilled) : [];
  const before = await holdersOf(client, matching);
  host.signal.throwIfAborted();
  const drill = await host.drill(params);
  if (!drill) return { ...nothing, failures: ['You did not agree'] };
  const failures = failuresOf(filter, drill, expected);
  const judgesLeaks = expected.noLeak && failures.length === 0;
  const leaks = judgesLeaks ? await lastingLeaks(host, before, params) : [];
  return { ...nothing, message: summaryText(drill), failures: [...failures, ...leaks], drill };
}

async function takeDegrade(host: ScenarioHost, { params, expected }: DegradeStep): Promise<Happened> {
  const { client } = host;
  const { filter } = params;
  const { noCrash, noLeak } = expected;
  await nameContainers(client, filter);
  const matching = noCrash || noLeak ? (await listAll(client, filter)).sockets : [];
  const before = await holdersOf(client, matching);
  host.signal.throwIfAborted();
  const degrade = await host.degrade(params);
  if (!degrade) return { ...nothing, failures: ['You did not agree'] };
  const message = measuredText(params, degrade);
  const failures = degrade.cancelled
    ? ['It was interrupted']
    : [
        ...(noCrash ? await crashes(client, before) : []),
        ...(noLeak ? await lastingLeaks(host, before, { filter, waitMs: leakWaitMs }) : []),
      ];
  return { ...nothing, message, failures, degrade };
}

async function crashes(client: Client, before: Holders): Promise<readonly string[]> {
  if (before.size === 0)
    return ['Whether a process ends is not known: none was seen that held the connections before'];
  return endedSince(client, before);
}

/** What processes hold more than before when so much time is over. */
async function lastingLeaks(
  host: ScenarioHost,
  before: Holders,
  { filter, waitMs }: Pick<DrillParams, 'filter' | 'waitMs'>,
): Promise<readonly string[]> {
  if (before.size === 0)
    return ['Whether a process leaks is not known: none was seen that held the connections before'];
  let leaks: readonly string[] = [];
  const isOver = async () => {
    leaks = await leaksSince(host.client, before);
    return leaks.length === 0 ? true : null;
  };
  try {
    await abortable(host.signal, waitUntil(host.client, filter, isOver, waitMs));
  } catch (error) {
    // What the fault has measured until then is in the report all the same.
    if (host.signal.aborted) return [`Whether a process leaks is not known: ${messageOf(error)}`];
    throw error;
  }
  return leaks;
}
