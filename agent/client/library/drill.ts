/** Drills: run to their end, or told as they happen. */

import {
  type DrillEvent,
  type DrillParams,
  type DrillResult,
  type End,
  type Fault,
  runDrill,
} from '../../protocol';
import { type Abortable, cancellable, onAbort } from './abort';
import { type Duration, toMs } from './durations';
import type { Link } from './link';

export interface DrillOptions extends Abortable {
  /** Rounds. Default: 5. */
  readonly times?: number | undefined;
  /** Between the starts of two rounds, at least. Default: 5s. */
  readonly every?: Duration | undefined;
  /** By how much that varies: 0 to 1. Default: 0. */
  readonly jitter?: number | undefined;
  /**
   * A round in which not all connections came back ends after it; counted from the end of the outage, where there is one.
   * Default: 30s.
   */
  readonly wait?: Duration | undefined;
  /** Which end is destroyed, as for destroy(). Default: local. */
  readonly end?: End | undefined;
  /** Only one of the matching connections is destroyed in each round. Default: false. */
  readonly oneOfPool?: boolean | undefined;
  /** The remote is held down after each destroy (a blackhole: instead of it). Default: it is not. */
  readonly fault?: Fault | undefined;
  /** For how long. Default: 10s. */
  readonly down?: Duration | undefined;
}

/** The numbers of this connection's drills. */
let drills = 0;

/** Rejects with the reason of an abort once the agent has ended the drill and the outage in it. */
export async function drill(link: Link, filter: string, options: DrillOptions): Promise<DrillResult> {
  const run = start(link, filter, options);
  try {
    return await run.result;
  } finally {
    link.drills.forget(run.number);
  }
}

/** Whoever stops reading cancels the drill. */
export async function* drillEvents(
  link: Link,
  filter: string,
  { signal, ...options }: DrillOptions,
): AsyncGenerator<DrillEvent, DrillResult, void> {
  const stopped = new AbortController();
  const leave = onAbort(signal, () => stopped.abort(signal?.reason));
  const run = start(link, filter, { ...options, signal: stopped.signal });
  const queue = link.drills.of(run.number);
  run.result.then(
    () => queue.end(),
    (error) => queue.end(error),
  );
  try {
    yield* queue.read();
    return await run.result;
  } finally {
    leave();
    stopped.abort();
    await run.result.catch(() => {}); // told to the reader, or wanted by him
    link.drills.forget(run.number);
  }
}

function start(link: Link, filter: string, options: DrillOptions) {
  const number = ++drills;
  const result = cancellable(options.signal, async (token) => {
    const params = toParams(filter, options);
    await link.prepare(filter);
    return link.request(runDrill, { ...params, drill: number }, token);
  });
  return { number, result };
}

function toParams(filter: string, options: DrillOptions): DrillParams {
  const { times = 5, every = '5s', jitter = 0, wait = '30s', end = 'local', oneOfPool = false } = options;
  const { fault, down = '10s' } = options;
  return {
    filter,
    times,
    everyMs: toMs('every', every),
    jitter,
    waitMs: toMs('wait', wait),
    end,
    oneOfPool,
    hold: fault ? { fault, ms: toMs('down', down) } : null,
  };
}
