import assert from 'node:assert/strict';
import { afterEach, beforeEach, it, mock } from 'node:test';
import { servedUid } from '../../../../agent/client/served-uid';
import { UsageError } from '../../../../agent/common/usage-error';

let before: string | undefined;
beforeEach(() => {
  before = process.env.SUDO_UID;
});
afterEach(() => {
  mock.restoreAll();
  if (before === undefined) delete process.env.SUDO_UID;
  else process.env.SUDO_UID = before;
});

function servedWith(uid: number, sudoUid: string): number {
  mock.method(process as { getuid(): number }, 'getuid', () => uid);
  process.env.SUDO_UID = sudoUid;
  return servedUid();
}

it('root by sudo means the agent of who called sudo', () => {
  assert.equal(servedWith(0, '1000'), 1000);
  assert.equal(servedWith(0, ''), 0);
});

it('a SUDO_UID that is no number, as of a unit named by its user, is a mistake', () => {
  for (const name of ['x', '-1', '1000 ', '4294967295', '10000000000'])
    assert.throws(() => servedWith(0, name), UsageError, name);
});

it('who became another user by sudo -u means that one', () => {
  assert.equal(servedWith(1001, '1000'), 1001);
});
