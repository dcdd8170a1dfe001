import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { mountedUid } from '../../../../agent/client/mounted-agent';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sockscope-mounted-'));
});
afterEach(() => rmSync(base, { recursive: true }));

it("is the only user's whose folder is there, whatever else is", () => {
  assert.equal(mountedUid(base), null);
  for (const name of ['0', 'uids', '1000x']) mkdirSync(join(base, name));
  assert.equal(mountedUid(base), null);
  mkdirSync(join(base, '1000'));
  assert.equal(mountedUid(base), 1000);
});

it('is nobody where several are, or the folder is missing', () => {
  for (const name of ['1000', '1001']) mkdirSync(join(base, name));
  assert.equal(mountedUid(base), null);
  assert.equal(mountedUid(join(base, 'missing')), null);
});
