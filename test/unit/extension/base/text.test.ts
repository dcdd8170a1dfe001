import assert from 'node:assert/strict';
import { it } from 'node:test';
import { momentText, preciseText, recentText, timeText } from '../../../../extension/base/text';

it('a time of another day has its date', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 678);
  const [sameDay, sameTimeNextDay] = [new Date(2026, 0, 2, 23), new Date(2026, 0, 3, 3, 4, 5, 678)];
  assert.equal(recentText(at, sameDay), timeText(at));
  assert.equal(recentText(at, sameTimeNextDay), momentText(at));
  assert.match(preciseText(at, sameDay), /^0?3:04:05.678/);
  assert.match(preciseText(at, sameTimeNextDay), /2026.*0?3:04:05.678/);
});
