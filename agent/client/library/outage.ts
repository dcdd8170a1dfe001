/** Outages that end by stop(), a signal, or the scope of `await using`. */

import { type DestroyedSocket, type Fault, type Outage, startOutage, stopOutage } from '../../protocol';
import { type Abortable, onAbort } from './abort';
import type { AgentConnection } from './agent-connection';
import { type Duration, toMs } from './durations';
import { SockscopeError } from './errors';

export interface OutageOptions extends Abortable {
  /** Duration after which it ends by itself. */
  readonly for: Duration;
  /** Default: refused. */
  readonly fault?: Fault | undefined;
  /** Continues when this client is closed; needs an agent. Default: false. */
  readonly detach?: boolean | undefined;
}

/** A remote that is held down. */
export interface StartedOutage extends AsyncDisposable {
  /** State at its start. */
  readonly outage: Outage;
  /** Result for each connection that matched; empty for a blackhole, in which they stall instead. */
  readonly destroyed: readonly DestroyedSocket[];
  /** Ends it and resolves with its final counters; null: it had ended already. */
  stop(): Promise<Outage | null>;
}

/** Aborting the signal stops the outage, also after it has started. Errors: needsAgent, and as for outages/start. */
export async function outage(
  connection: AgentConnection,
  filter: string,
  options: OutageOptions,
): Promise<StartedOutage> {
  const { fault = 'refused', detach = false, signal } = options;
  signal?.throwIfAborted();
  if (detach && connection.info.mode === 'direct')
    throw new SockscopeError(
      'needsAgent',
      'A detached outage needs an agent that keeps running: start it with sudo sockscope agent serve',
    );
  const forMs = toMs('for', options.for);
  await connection.prepare(filter);
  const started = await connection.request(startOutage, { filter, fault, forMs, detach });
  let removeListener = () => {};
  let stopped: Promise<Outage | null> | undefined;
  const stop = () => {
    removeListener();
    stopped ??= stopOne(connection, started.outage.id);
    return stopped;
  };
  if (signal?.aborted) await stop();
  signal?.throwIfAborted();
  removeListener = onAbort(signal, () => void stop().catch(() => {}));
  setTimeout(removeListener, forMs).unref();
  return {
    ...started,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

async function stopOne(connection: AgentConnection, id: number): Promise<Outage | null> {
  try {
    return (await connection.request(stopOutage, { id })).outage;
  } catch (error) {
    if (error instanceof SockscopeError && error.code === 'notFound') return null;
    throw error;
  }
}
