/** What a capture says at its end. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nothingText, sizeText, summaryText } from '../../../../../agent/client/capture/capture-text';
import type { CaptureSummary } from '../../../../../agent/client/capture/run-capture';

const some: CaptureSummary = {
  packets: 12,
  in: 5,
  out: 7,
  cut: 0,
  lost: 0,
  connections: 1,
  opened: 0,
  bytes: 34_210,
  endedBy: 'time',
};

describe('the end of a capture', () => {
  it('has its counts, and what is not in the file', () => {
    const whole = '12 packets (5 in, 7 out), 34.2 kB';
    assert.equal(summaryText(some, 100), whole);
    assert.equal(summaryText({ ...some, endedBy: 'stopped' }, 100), whole);
    assert.equal(
      summaryText({ ...some, cut: 3, lost: 4, endedBy: 'size' }, 100),
      `${whole}; 3 of them cut to 100 bytes; 4 more came faster than they were read, and are lost; ended at its limit of bytes`,
    );
    assert.match(summaryText({ ...some, endedBy: 'packets' }, 100), /; ended at its limit of packets$/);
  });

  it('has the reason where there was nothing', () => {
    const none = { ...some, packets: 0, in: 0, out: 0 };
    assert.match(nothingText(none, 3000), /^No packet came or went in 3 s: /);
    assert.match(nothingText({ ...none, connections: 0 }, 3000), /^Nothing connected in 3 s: /);
    assert.match(nothingText({ ...none, connections: 0, opened: 1 }, 3000), /^No packet came or went /);
    assert.match(nothingText({ ...none, endedBy: 'size' }, 3000), /^The limit of bytes is less /);
  });

  it('has sizes in the units of files', () =>
    assert.deepEqual([1, 999, 1000, 34_210, 1_500_000, 2e9, 3e12, 4e15].map(sizeText), [
      '1 byte',
      '999 bytes',
      '1 kB',
      '34.2 kB',
      '1.5 MB',
      '2 GB',
      '3 TB',
      '4000 TB',
    ]));
});
