/** The programs in test/native: C++ that reads what strangers may send, under AddressSanitizer. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

it('netlink: only the kernel is believed, and only whole messages', () => {
  const command = ['--silent', '--no-print-directory', '-C', 'native', 'test'];
  const { status, stdout, stderr } = spawnSync('make', command, { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.ok(stdout.includes('ok a header alone'), stdout);
});
