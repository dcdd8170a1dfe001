/** The programs in test/native: C++ on its own, under AddressSanitizer. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

it('netlink messages and the files of users are parsed strictly, and system calls refused', () => {
  const command = ['--silent', '--no-print-directory', '-C', 'native', 'test'];
  const { status, stdout, stderr } = spawnSync('make', command, { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  for (const expected of [
    'ok a header alone',
    "ok a range that overlaps another user's",
    'ok all calls of no use are refused',
  ])
    assert.ok(stdout.includes(expected), stdout);
});
