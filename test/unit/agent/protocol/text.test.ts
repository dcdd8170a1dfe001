import assert from 'node:assert/strict';
import { it } from 'node:test';
import { jsonText, visibleText } from '../../../../agent/protocol';

/** CSI of C1, DEL, a bidi override, a zero-width space, a tag beyond 16 bits, and an ordinary control. */
const hostile = 'a\u009b31m\u007f\u202e\u200b\u{e0041}\u001b[31mé😀';

it('JSON has every character, and none that controls a terminal', () => {
  const text = jsonText({ name: hostile, [hostile]: [hostile] });
  assert.deepEqual(JSON.parse(text), { name: hostile, [hostile]: [hostile] });
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  assert.match(text, /\\u009b31m.*é😀/);
  assert.doesNotMatch(visibleText(hostile), /[\p{Cc}\p{Cf}]/u);
});
