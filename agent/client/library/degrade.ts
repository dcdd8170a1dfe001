/** Degrades that end by their time, stop(), a signal, or the scope of `await using`, with what was measured. */

import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import {
  type DegradeParams,
  type DegradeResult,
  type Degrading,
  type Direction,
  type Outage,
  parseRate,
  runDegrade,
} from '../../protocol';
import { type Abortable, onAbort } from './abort';
import type { AgentConnection } from './agent-connection';
import { type Duration, toMs } from './durations';
import { SockscopeError } from './errors';

/** One of `loss`, `rate` and `halfOpen`. */
export interface DegradeOptions extends Abortable {
  /** Duration after which it ends by itself. */
  readonly for: Duration;
  /** Percent of the packets that vanish: 0.0001 to 100. */
  readonly loss?: number | undefined;
  /** With `loss`: which of them; the same ones of so many packets. Default: 1. */
  readonly seed?: number | undefined;
  /** Bytes per second of each connection, in each direction; a number, or text such as `100kB/s`. */
  readonly rate?: number | string | undefined;
  /** All packets of one living connection vanish, and neither end is told. Default: false. */
  readonly halfOpen?: boolean | undefined;
  /** As seen by the end that connected, with `halfOpen` by the one that matches. Default: both. */
  readonly direction?: Direction | undefined;
}

/** What matches is degraded. */
export interface StartedDegrade extends AsyncDisposable {
  /** State at its start. */
  readonly outage: Outage;
  /** After its end, what was measured. Errors: noEffect: until its end, no packet came or went. */
  readonly result: Promise<DegradeResult>;
  /** Ends it, and resolves as `result`. */
  stop(): Promise<DegradeResult>;
}

/** Number of the newest degrade: unique in this process. */
let degrades = 0;

/** Resolves when its rules are in force. Aborting the signal stops it, also after it has started. */
export async function degrade(
  connection: AgentConnection,
  filter: string,
  options: DegradeOptions,
): Promise<StartedDegrade> {
  const { signal } = options;
  signal?.throwIfAborted();
  const number = ++degrades;
  const params = toParams(filter, options);
  await connection.prepare(filter);
  const source = new CancellationTokenSource();
  const removeListener = onAbort(signal, () => source.cancel());
  const started = connection.degrades.of(number);
  const result = connection.request(runDegrade, { ...params, degrade: number }, source.token);
  result.then(
    () => started.end(),
    (error) => started.end(error),
  );
  const ended = () => {
    removeListener();
    connection.degrades.forget(number);
  };
  result.then(ended, ended);
  const stop = () => {
    source.cancel();
    return result;
  };
  const first = await started.read().next();
  signal?.throwIfAborted();
  // It may have been stopped before it was in force.
  const outage = first.done ? (await result).outage : first.value;
  return {
    outage,
    result,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function toParams(filter: string, options: DegradeOptions): DegradeParams {
  const { direction = 'both' } = options;
  return { filter, how: howOf(options), direction, forMs: toMs('for', options.for) };
}

/** Throws SockscopeError (invalidParams). */
function howOf({ loss, seed = 1, rate, halfOpen = false }: DegradeOptions): Degrading {
  const kinds: Degrading[] = [
    ...(loss === undefined ? [] : [{ kind: 'loss', percent: loss, seed } as const]),
    ...(rate === undefined ? [] : [{ kind: 'rate', bytesPerSecond: toRate(rate) } as const]),
    ...(halfOpen ? [{ kind: 'half-open' } as const] : []),
  ];
  const [how, another] = kinds;
  if (how && !another) return how;
  throw new SockscopeError('invalidParams', 'degrade: pass one of loss, rate and halfOpen');
}

function toRate(rate: number | string): number {
  const bytes = typeof rate === 'number' ? rate : parseRate(rate);
  if (bytes !== null) return bytes;
  throw new SockscopeError('invalidParams', `rate: "${rate}" is not a rate in bytes, such as 100kB/s`);
}
