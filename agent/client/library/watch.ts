/** Changes of sockets as an async iterator. */

import { type SocketChange, unwatchSockets, watchSockets } from '../../protocol';
import { type Abortable, onAbort } from './abort';
import type { Link } from './link';

export interface Watch {
  /** Ends without an error after end(). */
  readonly changes: AsyncGenerator<SocketChange, void, void>;
  end(): void;
}

/** Resolves when the agent watches. */
export async function startWatch(link: Link, filter: string): Promise<Watch> {
  await link.prepare(filter);
  const { watch } = await link.request(watchSockets, { filter });
  const queue = link.changes.of(watch);
  let ended = false;
  return {
    changes: queue.read(),
    end: () => {
      if (ended) return;
      ended = true;
      queue.end();
      void link
        .request(unwatchSockets, { watch })
        .catch(() => {}) // it ends with the connection
        .finally(() => link.changes.forget(watch));
    },
  };
}

/** Resolves when the agent watches: whatever happens from then on is told. */
export async function watchChanges(
  link: Link,
  filter: string,
  { signal }: Abortable,
): Promise<AsyncGenerator<SocketChange, void, void>> {
  signal?.throwIfAborted();
  const watch = await startWatch(link, filter);
  const leave = onAbort(signal, watch.end);
  signal?.throwIfAborted();
  return readWatch(watch, leave, signal);
}

async function* readWatch(
  watch: Watch,
  leave: () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<SocketChange, void, void> {
  try {
    yield* watch.changes;
    signal?.throwIfAborted();
  } finally {
    leave();
    watch.end();
  }
}
