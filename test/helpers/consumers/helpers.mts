/** Assertions that TypeScript must accept, and such that it must reject. Never run. */

import { expect as expectOfJest } from 'expect';
import type { LiveConnection } from 'sockscope/client';
import { extend } from 'sockscope/jest';
import { expect, test } from 'sockscope/vitest';

extend(expectOfJest);

test('accepted', async ({ sockscope }) => {
  const live: readonly LiveConnection[] = (await sockscope.liveness('pid:42')).connections;
  expect(live.map(({ idleMs, timers }) => [idleMs, timers.keepalive])).toEqual([]);
  await expect('pid:42').toReconnectWithin('5s', { times: 3, fault: 'refused', down: '1s' });
  await expectOfJest('pid:42').not.toNoticeDeadPeerWithin(60_000);
  await expectOfJest('pid:42').toLeakNoSockets(() => {}, { settle: '1s' });
});

test('rejected', async () => {
  // @ts-expect-error: no duration
  await expect('pid:42').toReconnectWithin('5 seconds');
  // @ts-expect-error: the time that is expected is the wait
  await expect('pid:42').toReconnectWithin('5s', { wait: '10s' });
  // @ts-expect-error: what is done meanwhile is missing
  await expectOfJest('pid:42').toLeakNoSockets();
});
