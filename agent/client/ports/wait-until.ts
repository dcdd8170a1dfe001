/** Waits until a question about sockets has an answer: asked again at each change that the agent reports, else by polling. */

import { AutoResetEvent } from '../../common/auto-reset-event';
import { socketsChanged, unwatchSockets, watchSockets } from '../../protocol';
import type { Client } from '../connect';

/** Where no change is reported, a question takes about a tenth of the time at most. */
const minPauseMs = 200;
const pausesPerQuestion = 9;
/** Where changes are: of some holders of a port, such as hidden ones, none is. */
const watchedPauseMs = 5000;

/**
 * Null: not in this time. `filter`: what the question is about. Nothing is watched for an answer that is there already, as to begin and
 * to end a watch takes the kernel a while. Errors: those of `ask`, and of watching; also where the agent ends.
 */
export async function waitUntil<Answer>(
  client: Client,
  filter: string,
  ask: () => Promise<Answer | null>,
  timeoutMs: number,
): Promise<Answer | null> {
  const deadline = performance.now() + timeoutMs;
  const first = await ask();
  if (first !== null) return first;
  const changed = new AutoResetEvent();
  void client.closed().then(() => changed.set());
  const watch = await startWatch(client, filter, changed);
  try {
    for (;;) {
      const asked = performance.now();
      const answer = await ask();
      const now = performance.now();
      if (answer !== null || now >= deadline) return answer;
      const pauseMs =
        watch === null ? Math.max(minPauseMs, pausesPerQuestion * (now - asked)) : watchedPauseMs;
      await changed.wait(Math.min(pauseMs, deadline - now));
    }
  } finally {
    if (watch !== null) client.request(unwatchSockets, { watch }).catch(() => {}); // it ends with the client as well
  }
}

/** Null: changes would be found by polling, which costs more than the question. */
async function startWatch(client: Client, filter: string, changed: AutoResetEvent): Promise<number | null> {
  if (client.info.mode === 'observer') return null;
  client.on(socketsChanged, () => changed.set());
  const { source, watch } = await client.request(watchSockets, { filter });
  if (source === 'events') return watch;
  await client.request(unwatchSockets, { watch });
  return null;
}
