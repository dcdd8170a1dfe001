/** A target that is not seen is said to be closed only where it would have been seen. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planTarget } from '../../../../agent/actions/destroy-plan';
import { limits, nothingLeftOut } from '../../../../agent/protocol';
import { inventoryOf } from '../../../helpers/inventories';
import { socket } from '../../../helpers/sockets';

const target = socket('127.0.0.1:40000', '127.0.0.1:5432');

function planned(errno: string | null, sockets = 0, netns = target.netns) {
  const inventory = {
    get: () => undefined,
    leftOut: { ...nothingLeftOut, sockets },
    errnos: new Map([
      [netns + 1, 'ETIMEDOUT'],
      [netns, errno],
    ]),
  };
  return planTarget(target, { inventory, engines: ['bpf'], options: {} });
}

describe('a target that is not seen', () => {
  it('is closed', () => {
    const { act, message } = planned(null);
    assert.deepEqual([act, message], ['gone', '127.0.0.1:40000 -> 127.0.0.1:5432 is closed already']);
  });

  for (const [errno, why] of [
    ['ETIMEDOUT', / could not be read in time \(ETIMEDOUT\)\. Ask again when /],
    ['EDQUOT', / could not be read, because one user has too many of them \(EDQUOT\)\. End /],
    ['EPERM', / could not be read, as root has no CAP_SYS_ADMIN over it \(EPERM\)\. Give /],
    ['EPROTONOSUPPORT', / has no sock_diag for TCP or UDP\. .* \(sudo modprobe -a tcp_diag udp_diag\)$/],
    ['EMFILE', / could not be read \(EMFILE\)$/],
  ] as const) {
    it(`may be there where its namespace could not be read (${errno})`, () => {
      const { act, message } = planned(errno);
      assert.equal(act, 'unsupported');
      assert.match(message ?? '', / is closed, or was not seen, as /);
      assert.match(message ?? '', why);
    });
  }

  it('may be there where nothing leads to its namespace', () => {
    const { act, message } = planned(null, 0, target.netns + 1);
    assert.equal(act, 'unsupported');
    assert.match(message ?? '', / its network namespace has ended, or cannot be found from here \(ENOENT\)$/);
  });

  it('may be there where its namespace is one of so many that an answer does not have it', async () => {
    const far = { ...target, netns: target.netns + 1 }; // the agent's own one is always listed
    const before = Array.from({ length: limits.namespaces }, (_, at) => ({
      netns: far.netns + 1 + at,
      errno: null,
    }));
    for (const [errno, expected] of [
      ['EDQUOT', 'unsupported'],
      [null, 'gone'],
    ] as const) {
      const inventory = await inventoryOf([], {}, [...before, { netns: far.netns, errno }]);
      assert.equal(inventory.namespaces.length, limits.namespaces);
      const listed = inventory.namespaces.some(({ netns }) => netns === far.netns);
      assert.equal(listed, errno !== null, 'those that were not read come first');
      assert.equal(planTarget(far, { inventory, engines: ['bpf'], options: {} }).act, expected);
    }
  });

  it('may be there where sockets are left out', () => {
    const { act, message } = planned(null, 5);
    assert.equal(act, 'unsupported');
    assert.match(message ?? '', / is closed, or one of 5 sockets that are not listed/);
  });
});
