/** The programs in test/native: C++ on its own, under AddressSanitizer. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

it('netlink messages, counters and the files of users are parsed strictly, privileges given up, audit lines written whole, rows budgeted, and work that waits kept apart', () => {
  const command = ['--silent', '--no-print-directory', '--jobs=2', '-C', 'native', 'test'];
  const { status, stdout, stderr } = spawnSync('make', command, { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  for (const expected of [
    'ok a header alone',
    "ok a range that overlaps another user's",
    "ok the served user's own are complete beside another's flood",
    'ok each range is charged to its user, also without a known uid',
    process.getuid?.() === 0 ? 'ok walker: walk cannot do' : 'ok skipped: the rights are root',
    "ok a program called sshd that is not root's is none",
    'ok one that is not permitted any more once the line is written lives',
    'ok DEL and C1',
    'ok a line break in a value makes no field',
    'ok two brokers write to one log, and no line is lost',
    'ok a file that is missing',
    'ok the limit is that of each account, of unknown ones together',
    'ok each keeps what it had on its stack',
  ])
    assert.ok(stdout.includes(expected), stdout);
});
