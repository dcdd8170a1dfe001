/** Outages that end with a call, a signal, or the scope that they were started in. */

import { type DestroyedSocket, type Fault, type Outage, startOutage, stopOutage } from '../../protocol';
import { type Abortable, onAbort } from './abort';
import { type Duration, toMs } from './durations';
import { SockscopeError } from './errors';
import type { Link } from './link';

export interface OutageOptions extends Abortable {
  /** It ends by itself after it. */
  readonly for: Duration;
  /** Default: refused. */
  readonly fault?: Fault | undefined;
  /** It goes on when this client is closed. Default: false. */
  readonly detach?: boolean | undefined;
}

/** A remote that is held down. */
export interface HeldOutage extends AsyncDisposable {
  /** As it started. */
  readonly outage: Outage;
  /** What became of the connections that matched; empty for a blackhole, which leaves them to stall. */
  readonly destroyed: readonly DestroyedSocket[];
  /** Ends it, and tells what it has done; null: it had ended already. */
  stop(): Promise<Outage | null>;
}

/** When the signal is aborted, the outage is stopped, at whatever time. */
export async function outage(link: Link, filter: string, options: OutageOptions): Promise<HeldOutage> {
  const { fault = 'refused', detach = false, signal } = options;
  signal?.throwIfAborted();
  if (detach && link.info.mode === 'direct')
    throw new SockscopeError(
      'needsAgent',
      'An outage can be detached only from an agent that goes on: start it with sudo sockscope agent serve',
    );
  const forMs = toMs('for', options.for);
  await link.prepare(filter);
  const started = await link.request(startOutage, { filter, fault, forMs, detach });
  let stopped: Promise<Outage | null> | undefined;
  const stop = () => {
    stopped ??= stopOne(link, started.outage.id).finally(leave);
    return stopped;
  };
  const leave = onAbort(signal, () => void stop().catch(() => {}));
  if (signal?.aborted) {
    await stop();
    throw signal.reason;
  }
  setTimeout(leave, forMs).unref();
  return {
    ...started,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

async function stopOne(link: Link, id: number): Promise<Outage | null> {
  try {
    return (await link.request(stopOutage, { id })).outage;
  } catch (error) {
    if (error instanceof SockscopeError && error.code === 'notFound') return null;
    throw error;
  }
}
