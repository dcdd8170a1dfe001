import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askOfEach } from '../../../../agent/client/ask-of-each';

it('many processes are asked about at a pace that an agent takes, and answered in order', async () => {
  const pids = Array.from({ length: 50 }, (_, index) => index);
  let running = 0;
  let most = 0;
  const answers = await askOfEach(pids, async (pid) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(pid % 3);
    running -= 1;
    return `${pid}`;
  });
  assert.deepEqual(answers, pids.map(String));
  assert.ok(most <= 8, String(most));
});
