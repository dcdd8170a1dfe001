/** Drills: run to their end, or read event by event. */

import {
  type DrillEvent,
  type DrillParams,
  type DrillResult,
  type End,
  type Fault,
  runDrill,
} from '../../protocol';
import { type Abortable, cancellable, onAbort } from './abort';
import type { AgentConnection } from './agent-connection';
import { type Duration, toMs } from './durations';

export interface DrillOptions extends Abortable {
  /** Number of rounds. Default: 5. */
  readonly times?: number | undefined;
  /** Minimum between the starts of two rounds. Default: 5s. */
  readonly every?: Duration | undefined;
  /** Random part of `every`: 0 to 1. Default: 0. */
  readonly jitter?: number | undefined;
  /**
   * Maximum wait in each round until all connections have come back, from the end of the outage where there is one.
   * Default: 30s.
   */
  readonly wait?: Duration | undefined;
  /** As for destroy(). Default: local. */
  readonly end?: End | undefined;
  /** Destroys only one of the matching connections in each round. Default: false. */
  readonly oneOfPool?: boolean | undefined;
  /** Holds the remote down after each destroy (a blackhole: instead of it). Default: no outage. */
  readonly fault?: Fault | undefined;
  /** Duration of the outage. Default: 10s. */
  readonly down?: Duration | undefined;
}

/** Number of the newest drill: unique in this process. */
let drills = 0;

/** After an abort it rejects, with the signal's reason, only when the agent has ended the drill and its outage. */
export async function drill(
  connection: AgentConnection,
  filter: string,
  options: DrillOptions,
): Promise<DrillResult> {
  const run = start(connection, filter, options);
  try {
    return await run.result;
  } finally {
    connection.drills.forget(run.number);
  }
}

/** Leaving the loop cancels the drill. */
export async function* drillEvents(
  connection: AgentConnection,
  filter: string,
  { signal, ...options }: DrillOptions,
): AsyncGenerator<DrillEvent, DrillResult, void> {
  const stopped = new AbortController();
  const removeListener = onAbort(signal, () => stopped.abort(signal?.reason));
  const run = start(connection, filter, { ...options, signal: stopped.signal });
  const queue = connection.drills.of(run.number);
  run.result.then(
    () => queue.end(),
    (error) => queue.end(error),
  );
  try {
    yield* queue.read();
    return await run.result;
  } finally {
    removeListener();
    stopped.abort();
    await run.result.catch(() => {}); // thrown by the queue already, or caused by leaving the loop
    connection.drills.forget(run.number);
  }
}

function start(connection: AgentConnection, filter: string, options: DrillOptions) {
  const number = ++drills;
  const result = cancellable(options.signal, async (token) => {
    const params = toParams(filter, options);
    await connection.prepare(filter);
    return connection.request(runDrill, { ...params, drill: number }, token);
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
