import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRate, parseRate, rateText } from '../../../../agent/protocol';

describe('a rate', () => {
  it('is read in bytes, of 1000', () => {
    const rates = { '512B/s': 512, '100kB/s': 100_000, '1.5MB/s': 1_500_000, '1GB/s': 1_000_000_000 };
    for (const [text, rate] of Object.entries(rates)) assert.equal(parseRate(text), rate);
    for (const text of ['', '100', '100kB', '100KB/s', '1Mbit/s', '1.2345MB/s', '-1kB/s', '100 kB/s'])
      assert.equal(parseRate(text), null, text);
  });

  it('can be asked for from 20 kB/s to 1 GB/s', () => {
    assert.deepEqual([20_000, 1e9, 19_999, 1e9 + 1, null].map(isRate), [true, true, false, false, false]);
  });

  it('is shown with three digits, in the unit that they fit', () => {
    const texts = {
      0: '0 B/s',
      999: '999 B/s',
      99700: '99.7 kB/s',
      999950: '1 MB/s',
      1023456: '1.02 MB/s',
    };
    for (const [rate, text] of Object.entries(texts)) assert.equal(rateText(Number(rate)), text);
  });
});
