/** The programs in test/native: C++ that parses what others write, under AddressSanitizer. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

it('netlink messages and the files of users are parsed strictly', () => {
  const command = ['--silent', '--no-print-directory', '-C', 'native', 'test'];
  const { status, stdout, stderr } = spawnSync('make', command, { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  for (const expected of ['ok a header alone', "ok a range that overlaps another user's"])
    assert.ok(stdout.includes(expected), stdout);
});
