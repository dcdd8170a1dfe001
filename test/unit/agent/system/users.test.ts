/** /etc/subuid as administrators write it: what does not prove that a range is the user's is left out (as in scope_test.cc). */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { subordinateRanges } from '../../../../agent/system/users';

const ranges = (subuid: string, name: string | null = 'ann') =>
  subordinateRanges(subuid, 1000, name).map(({ first, count }) => `${first}+${count}`);

describe('subordinate uids', () => {
  it('are found by name and by uid', () => {
    assert.deepEqual(ranges('ann:100000:65536\nbob:165536:65536\n'), ['100000+65536']);
    assert.deepEqual(ranges('1000:100000:10\nann:200000:10'), ['100000+10', '200000+10']);
    assert.deepEqual(ranges('ann:100000:65536\n', null), []);
    assert.deepEqual(ranges('annie:100000:65536\nAnn:100000:65536\n10000:100000:5\n'), []);
    assert.deepEqual(ranges(':100000:65536\n', ''), []);
  });

  it('prove nothing where they overlap those of another user', () => {
    assert.deepEqual(ranges('ann:100000:65536\nbob:150000:10\n'), []);
    assert.deepEqual(ranges('bob:90000:10001\nann:100000:10\nann:300000:10\n'), ['300000+10']);
    assert.deepEqual(ranges('ann:100000:10\nann:100005:10\n'), ['100000+10', '100005+10']);
  });

  for (const line of [
    'ann:0:65536',
    'ann:65535:10',
    'ann:100000:0',
    'ann:100000:-1',
    'ann:1e6:10',
    'ann:100000:4294967295',
    'ann:4294967295:1',
    'ann:99999999999:1',
    'ann:100000',
    'ann:100000:10:1',
    'ann: 100000:10',
    '::',
  ])
    it(`none: ${line}`, () => assert.deepEqual(ranges(line), []));

  it('may be the last uid', () => assert.deepEqual(ranges('ann:4294967294:1\n'), ['4294967294+1']));
});
