/** Changes of sockets as an async iterator. */

import { type SocketChange, unwatchSockets, watchSockets } from '../../protocol';
import { type Abortable, onAbort } from './abort';
import type { AgentConnection } from './agent-connection';

export interface Watch {
  /** Ends without an error after end(). */
  readonly changes: AsyncGenerator<SocketChange, void, void>;
  end(): void;
}

/** Resolves when the agent watches. */
export async function startWatch(connection: AgentConnection, filter: string): Promise<Watch> {
  await connection.prepare(filter);
  const { watch } = await connection.request(watchSockets, { filter });
  const queue = connection.changes.of(watch);
  let ended = false;
  return {
    changes: queue.read(),
    end: () => {
      if (ended) return;
      ended = true;
      queue.end();
      void connection
        .request(unwatchSockets, { watch })
        .catch(() => {}) // it ends with the connection
        .finally(() => connection.changes.forget(watch));
    },
  };
}

/** Resolves when the agent watches: every later change is in the iterator. */
export async function watchChanges(
  connection: AgentConnection,
  filter: string,
  { signal }: Abortable,
): Promise<AsyncGenerator<SocketChange, void, void>> {
  signal?.throwIfAborted();
  const watch = await startWatch(connection, filter);
  const removeListener = onAbort(signal, watch.end);
  signal?.throwIfAborted();
  return readWatch(watch, removeListener, signal);
}

async function* readWatch(
  watch: Watch,
  removeListener: () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<SocketChange, void, void> {
  try {
    yield* watch.changes;
    signal?.throwIfAborted();
  } finally {
    removeListener();
    watch.end();
  }
}
