/** Addresses and durations as people type them. */

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import fc from 'fast-check';
import {
  addressBytes as bytesOf,
  canonicalAddress,
  durationText,
  formatAddress,
  formatDuration,
  parseDuration,
} from '../../agent/protocol';
import { addressBytes } from './addresses';
import { fuzz } from './fuzz';

const pieces = fc.constantFrom(
  ':',
  '::',
  '.',
  '0',
  '00',
  '1',
  '10',
  'a',
  'ffff',
  'FFFF',
  '255',
  '256',
  '1.2.3.4',
);
const typed = fc.oneof(
  fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: 'binary' }),
);

fuzz('an address that is printed is read as the same one', addressBytes, (bytes) => {
  const text = formatAddress(bytes);
  assert.equal(isIP(text), bytes.length === 4 ? 4 : 6, text);
  assert.deepEqual(bytesOf(text), bytes);
});

fuzz('a text is an address where Node says so, and has one spelling', typed, (text) => {
  const canonical = canonicalAddress(text);
  // A zone names an interface, which no socket's address has.
  assert.equal(canonical !== null, isIP(text) !== 0 && !text.includes('%'), JSON.stringify(text));
  if (canonical !== null) assert.equal(canonicalAddress(canonical), canonical);
});

const milliseconds = fc.integer({ min: 0, max: 999_999_999 });

fuzz('a duration that is printed is read as the same one', milliseconds, (ms) => {
  assert.equal(parseDuration(formatDuration(ms)), ms);
});

fuzz(
  'what is read as a duration is a whole number, and short to print',
  fc.oneof(fc.string(), fc.stringMatching(/^\d{1,11}(\.\d{1,4})?[mshd]{1,2}$/)),
  (text) => {
    const ms = parseDuration(text);
    if (ms === null) return;
    assert.ok(Number.isInteger(ms) && ms >= 0, `${ms}`);
    assert.ok(durationText(ms).length < 40);
  },
);
