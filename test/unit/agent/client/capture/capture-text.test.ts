/** What a capture says at its end. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nothingText, summaryText } from '../../../../../agent/client/capture/capture-text';
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
    const whole = '12 packets (5 in, 7 out), 34.2 KB';
    assert.equal(summaryText(some, 100), whole);
    assert.equal(summaryText({ ...some, endedBy: 'stopped' }, 100), whole);
    assert.equal(
      summaryText({ ...some, cut: 3, lost: 4, endedBy: 'size' }, 100),
      `${whole}; cut to 100 B: 3; lost, as they came faster than they were read: 4; ended at its limit of bytes`,
    );
    assert.equal(summaryText({ ...some, packets: 1, in: 1, out: 0 }, 100), '1 packet (1 in, 0 out), 34.2 KB');
    assert.match(summaryText({ ...some, endedBy: 'packets' }, 100), /; ended at its limit of packets$/);
  });

  it('has the reason where there was nothing', () => {
    const none = { ...some, packets: 0, in: 0, out: 0 };
    assert.match(nothingText(none, 3000), /^No packet came or went in 3 s: /);
    assert.match(nothingText({ ...none, connections: 0 }, 3000), /^Nothing connected in 3 s: /);
    assert.match(nothingText({ ...none, connections: 0, opened: 1 }, 3000), /^No packet came or went /);
    assert.match(nothingText({ ...none, endedBy: 'size' }, 3000), /^The limit of bytes is less /);
  });
});
