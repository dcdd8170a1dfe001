/** Times that a person reads are in his time zone. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { localTime } from '../../../../agent/cli/local-time';

describe('a time on the command line', () => {
  const { TZ } = process.env;
  before(() => {
    process.env.TZ = 'Asia/Kolkata';
  });
  after(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });

  it("is in the reader's time zone", () =>
    assert.equal(localTime('2026-11-29T22:38:15.321Z'), '2026-11-30 04:08:15'));
});
