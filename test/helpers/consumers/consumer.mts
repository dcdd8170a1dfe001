/** Code that TypeScript must accept, and code that it must reject. Never run. */

import {
  type Attempt,
  connect,
  type DrillResult,
  NoAgentError,
  type Outage,
  type Socket,
  SockscopeError,
} from 'sockscope/client';

export async function accepted(signal: AbortSignal): Promise<void> {
  await using sockscope = await connect({ uid: 1000, signal });
  const sockets: readonly Socket[] = await sockscope.list('remote:6379', { signal });
  await sockscope.destroy(sockets, { end: 'peer' });
  await sockscope.destroy('remote:6379', { signal: undefined });
  const result: DrillResult = await sockscope.drill('remote:6379', {
    times: 3,
    every: '500ms',
    wait: 10_000,
    fault: 'blackhole',
    down: '5s',
  });
  const attempts: readonly Attempt[] = result.rounds.flatMap((round) => round.attempts);
  for await (const event of sockscope.drillEvents('remote:6379'))
    if (event.kind === 'attempt') console.log(event.attempt.result, attempts.length);
  await using held = await sockscope.outage('remote:6379', { for: '10s', fault: 'refused' });
  const ended: Outage | null = await held.stop();
  const back: Socket = await sockscope.waitForReconnect('remote:6379', { within: '2s' });
  for await (const { event, reason } of await sockscope.events())
    console.log(event, reason, ended, back.cookie);
}

export function recognized(error: unknown): number | string | undefined {
  if (error instanceof NoAgentError) return error.uid;
  if (error instanceof SockscopeError && error.code === 'invalidFilter') return error.message;
  return undefined;
}

export async function refused(): Promise<void> {
  const sockscope = await connect();
  // @ts-expect-error a duration has a unit
  await sockscope.outage('remote:6379', { for: '10' });
  // @ts-expect-error an outage has an end
  await sockscope.outage('remote:6379', {});
  // @ts-expect-error there is no such fault
  await sockscope.drill('remote:6379', { fault: 'broken' });
  // @ts-expect-error a wait has an end
  await sockscope.waitForReconnect('remote:6379');
  // @ts-expect-error a list cannot be changed
  (await sockscope.list()).push();
}
