/** Which known bugs a kernel has by its version. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knownBugs, upstreamVersion } from '../../../../agent/inspect/kernel-bugs';

const kernel = (release: string, version = '#1 SMP', signature = '') => ({ release, version, signature });

const bugsOf = (release: string) => knownBugs(kernel(release)).map(({ name }) => name);

const destroy = ['CVE-2026-98384', 'listener-queue'];

describe('known bugs by version', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    '4.4.302': [],
    '5.15.0': ['orphan-abort'],
    '6.1.131': ['orphan-abort'],
    '6.1.132': [],
    '6.4.16': ['orphan-abort'],
    '6.5.0': [...destroy, 'tcp-walk', 'udp-walk', 'orphan-abort'],
    '6.6.13': [...destroy, 'tcp-walk', 'udp-walk', 'orphan-abort'],
    '6.6.14': [...destroy, 'tcp-walk', 'orphan-abort'],
    '6.10.7': [...destroy, 'tcp-walk', 'orphan-abort'],
    '6.10.8': [...destroy, 'tcp-walk'],
    '6.11.0': [...destroy, 'tcp-walk'],
    '6.12.103': [...destroy, 'tcp-walk'],
    '6.12.104': destroy,
    '6.12.111': destroy,
    '6.12.112': [],
    '6.13.0': [...destroy, 'tcp-walk', 'udp-hash'],
    '6.18.44-fc': [...destroy, 'tcp-walk', 'udp-hash'],
    '7.2.8': [...destroy, 'tcp-walk', 'udp-hash'],
    '7.2.9': ['tcp-walk'],
    '7.3.0': [],
    '7.3.4-1-generic': [],
    '7.3-rc1': [],
    '8.0.1': [],
  };
  for (const [release, names] of Object.entries(expected))
    it(`${release}: ${names.join(', ') || 'none'}`, () => assert.deepEqual(bugsOf(release), names));

  it('each is one line: what it is, what is done about it, and which kernel is without it', () => {
    const [bug] = knownBugs(kernel('6.12.111'));
    assert.deepEqual(bug, {
      name: 'CVE-2026-98384',
      detail:
        "Linux 6.12.111 may have it, by its version: bpf_sock_destroy reads past the end of time-wait and syn-recv sockets. Sockscope uses only SOCK_DESTROY on these. Update the kernel: Linux 6.12.112 has the fix, and your distribution's own may have it",
    });
    for (const release of ['6.5.0', '6.12.103', '6.18.44'])
      for (const { detail } of knownBugs(kernel(release)))
        assert.match(
          detail,
          /^Linux \S+ may have it, .+\. .+\. Update the kernel: Linux \d+\.\d+(\.\d+)? has/,
        );
  });
});

describe('the version that a distribution has made its kernel from', () => {
  it('Debian: in uname -v', () => {
    const debian = kernel('6.1.0-50-cloud-amd64', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.174-1 (2026-06-10)');
    assert.equal(upstreamVersion(debian), '6.1.174');
    assert.deepEqual(knownBugs(debian), []);
  });
  it('Ubuntu: in /proc/version_signature', () =>
    assert.equal(
      upstreamVersion(kernel('6.8.0-45-generic', '#45-Ubuntu SMP', 'Ubuntu 6.8.0-45.45-generic 6.8.12\n')),
      '6.8.12',
    ));
  it('others: in uname -r', () => {
    assert.equal(upstreamVersion(kernel('6.18.44-fc-v595')), '6.18.44');
    assert.equal(upstreamVersion(kernel('7.3-rc1')), '7.3.0');
    assert.equal(upstreamVersion(kernel('nonsense')), '0.0.0');
  });
});
