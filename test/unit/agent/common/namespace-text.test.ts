/** A list names network namespaces that it lacks, and counts many of them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cutText, unreadTexts } from '../../../../agent/common/namespace-text';
import { limits } from '../../../../agent/protocol';

const namespace = (netns: number, errno: string | null, name: string | null = null) => ({
  netns,
  errno,
  name,
});

describe('network namespaces that are missing', () => {
  it('one is named, with the reason', () =>
    assert.deepEqual(unreadTexts([namespace(1, null), namespace(2, 'EPERM', 'blue')]), [
      'The network namespace blue could not be read, as root has no CAP_SYS_ADMIN over it (EPERM): its sockets without an owner are missing. Give root CAP_SYS_ADMIN, or start the agent on the host',
    ]));

  it('many are one sentence for each reason', () => {
    const late = Array.from({ length: 258 }, (_, at) => namespace(10 + at, 'ETIMEDOUT'));
    const texts = unreadTexts([...late, namespace(1, 'EDQUOT'), namespace(2, 'EDQUOT', 'two')]);
    assert.deepEqual(texts, [
      '258 network namespaces (10, 11, 12, ...) could not be read in time (ETIMEDOUT): their sockets without an owner are missing. Ask again when the machine is less busy',
      '2 network namespaces (1, two) could not be read, because one user has too many of them (EDQUOT): their sockets without an owner are missing. End containers and sandboxes of that user that are not needed',
    ]);
  });

  it('the kernel has no sock_diag: one sentence, with what to do, however many there are', () =>
    assert.deepEqual(
      unreadTexts([namespace(1, 'EPROTONOSUPPORT'), namespace(2, 'EPROTONOSUPPORT', 'blue')]),
      [
        'The kernel, or a sandbox around this program, has no sock_diag for TCP or UDP: sockets without an owner are missing, and without the agent all. If it is a module, load it (sudo modprobe -a tcp_diag udp_diag)',
      ],
    ));

  describe('of more than are in an answer', () => {
    const place = { own: false, container: null };
    const unread = Array.from({ length: limits.namespaces }, (_, at) => ({
      ...place,
      ...namespace(at, 'EDQUOT'),
    }));

    it('others may be missing as well, if all of these would come first', () =>
      assert.equal(
        cutText(unread),
        'There are 2000 network namespaces or more: others may not have been read either',
      ));

    it('none is missing, if one that was read has room', () =>
      assert.equal(cutText([...unread.slice(1), { ...place, ...namespace(1, null) }]), null));

    it('fewer are all', () => assert.equal(cutText(unread.slice(1)), null));
  });

  it('all were read', () => assert.deepEqual(unreadTexts([namespace(1, null)]), []));
});
