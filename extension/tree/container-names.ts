/** Sends the names of containers to the agent, which may not ask the container runtimes: only the user may. */

import { sendContainerNames } from '../../agent/client/container-names';
import type { ViewChange } from '../../agent/protocol';
import type { Context } from '../context';
import type { LiveView } from './live-view';

/** Shortest interval between two requests to the runtimes. */
const askEveryMs = 30_000;

export function activate(context: Context, live: LiveView): void {
  let askedAt = -askEveryMs;
  let waiting: NodeJS.Timeout | undefined;
  const ask = () => {
    waiting = undefined;
    askedAt = performance.now();
    void send(context);
  };
  context.disposables.add(
    live.onDidUpdate((change) => {
      if (waiting || !change || !lacksName(change)) return;
      waiting = setTimeout(ask, Math.max(0, askedAt + askEveryMs - performance.now()));
    }),
  );
  context.disposables.add({ dispose: () => clearTimeout(waiting) });
  // Another agent knows none of the names.
  context.disposables.add(
    context.link.onDidChange(() => {
      askedAt = -askEveryMs;
    }),
  );
}

/** True where a change has a container without a name. */
function lacksName({ namespaces, groups, rows }: ViewChange): boolean {
  return (
    (namespaces ?? []).some(({ container }) => container?.name === null) ||
    groups.set.some(({ subject }) => subject.kind === 'container' && subject.name === null) ||
    Object.values(rows).some(({ set }) => set.some(({ socket }) => socket.container?.name === null))
  );
}

async function send(context: Context): Promise<void> {
  try {
    await sendContainerNames(await context.link.connect());
  } catch (error) {
    context.log.warn(`container names: ${error instanceof Error ? error.message : String(error)}`);
  }
}
