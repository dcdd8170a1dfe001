import assert from 'node:assert/strict';
import { it } from 'node:test';
import { durationText } from '../../../../agent/protocol';

it('durations are short, and exact enough to compare', () => {
  const texts: Record<number, string> = {
    0: '0 ms',
    0.312: '0.31 ms',
    9.5: '9.5 ms',
    101.25: '101.3 ms',
    999.96: '1 s',
    5000: '5 s',
    7018.006: '7.02 s',
    59996: '1 min',
    90000: '1 min 30 s',
    3599600: '1 h',
    18180000: '5 h 3 min',
  };
  for (const [ms, text] of Object.entries(texts)) assert.equal(durationText(Number(ms)), text, ms);
});
