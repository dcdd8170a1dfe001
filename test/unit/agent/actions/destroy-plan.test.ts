/** A target that is not seen is said to be closed only where it would have been seen. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planTarget } from '../../../../agent/actions/destroy-plan';
import { nothingLeftOut } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';

function planned(errno: string | null, sockets = 0) {
  const target = socket('127.0.0.1:40000', '127.0.0.1:5432');
  const namespace = { own: false, name: null, container: null };
  const inventory = {
    get: () => undefined,
    leftOut: { ...nothingLeftOut, sockets },
    namespaces: [
      { ...namespace, netns: target.netns + 1, errno: 'ETIMEDOUT' },
      { ...namespace, netns: target.netns, errno },
    ],
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

  it('may be there where sockets are left out', () => {
    const { act, message } = planned(null, 5);
    assert.equal(act, 'unsupported');
    assert.match(message ?? '', / is closed, or one of 5 sockets that are not listed/);
  });
});
