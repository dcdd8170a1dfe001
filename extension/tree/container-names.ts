/** Tells the agent what the container runtimes call their containers: only the user may ask them, and only where it matters. */

import { sendContainerNames } from '../../agent/client/container-names';
import type { ViewChange } from '../../agent/protocol';
import type { Context } from '../context';
import type { LiveView } from './live-view';

/** Milliseconds between two questions to the runtimes. */
const askEvery = 30_000;

export function activate(context: Context, live: LiveView): void {
  let askedAt = -askEvery;
  let waiting: NodeJS.Timeout | undefined;
  const ask = () => {
    waiting = undefined;
    askedAt = performance.now();
    void tell(context);
  };
  context.bag.add(
    live.onDidUpdate((change) => {
      if (waiting || !change || !lacksName(change)) return;
      waiting = setTimeout(ask, Math.max(0, askedAt + askEvery - performance.now()));
    }),
  );
  context.bag.add({ dispose: () => clearTimeout(waiting) });
  // Another agent knows none of the names.
  context.bag.add(
    context.link.onDidChange(() => {
      askedAt = -askEvery;
    }),
  );
}

/** True where something is of a container without a name. */
function lacksName({ namespaces, groups, rows }: ViewChange): boolean {
  return (
    namespaces.some(({ container }) => container?.name === null) ||
    groups.set.some(({ subject }) => subject.kind === 'container' && subject.name === null) ||
    Object.values(rows).some(({ set }) => set.some(({ socket }) => socket.container?.name === null))
  );
}

async function tell(context: Context): Promise<void> {
  try {
    await sendContainerNames(await context.link.connect());
  } catch (error) {
    context.log.warn(`container names: ${error instanceof Error ? error.message : String(error)}`);
  }
}
