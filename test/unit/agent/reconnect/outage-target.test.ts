import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SeenSocket } from '../../../../agent/inventory/inventory';
import {
  type Container,
  ErrorCode,
  type Filter,
  type Namespace,
  parseActingFilter,
} from '../../../../agent/protocol';
import { outageTarget, soleNamespace } from '../../../../agent/reconnect/outage-target';

const own = 1;
const web: Container = { id: 'a'.repeat(64), name: 'web', runtime: 'docker' };
const namespaces = (container: Container | null): Namespace[] => [
  { netns: own, own: true, name: null, container: null, errno: null },
  { netns: 2, own: false, name: null, container, errno: null },
];

/** A connection of this process to 10.0.0.5:6379. */
function seen(pid: number, netns = own): SeenSocket {
  const remote = { address: '10.0.0.5', port: 6379 };
  return { socket: { netns, remote }, holders: [{ pid }] } as unknown as SeenSocket;
}

function target(text: string, matched: SeenSocket[] = [], container: Container | null = null) {
  const parsed = parseActingFilter(text);
  assert.ok(parsed.ok);
  const { remotes, pids, netns, protocol } = outageTarget(parsed.filter, matched, namespaces(container), own);
  return { remotes, pids, netns, protocol };
}

const any = { address: null, port: null };
const redis = { address: '10.0.0.5', port: 6379 };

describe('the target of an outage', () => {
  it('is a remote, for every process in the own namespace', () => {
    const allProcesses = { pids: null, netns: own, protocol: null };
    assert.deepEqual(target('remote:10.0.0.5:6379'), { remotes: [redis], ...allProcesses });
    assert.deepEqual(target('remote:6379,6380').remotes, [
      { address: null, port: 6379 },
      { address: null, port: 6380 },
    ]);
  });

  it('is in the namespace of the connections that match, where that is one', () => {
    assert.equal(soleNamespace([seen(42, 2), seen(43, 2)]), 2);
    assert.equal(soleNamespace([seen(42), seen(43, 2)]), null);
    assert.equal(soleNamespace([]), null);
    const { filter } = parseActingFilter('remote:6379') as { filter: Filter };
    assert.throws(() => outageTarget(filter, [], namespaces(null), null), { code: ErrorCode.invalidFilter });
  });

  it('is a process, for all remotes or one', () => {
    assert.deepEqual(target('pid:42'), { remotes: [any], pids: [42], netns: null, protocol: null });
    assert.deepEqual(target('pid:42 remote:6379 proto:tcp'), {
      remotes: [{ address: null, port: 6379 }],
      pids: [42],
      netns: null,
      protocol: 'tcp',
    });
    assert.deepEqual(target('process:node', [seen(7), seen(8)]).pids, [7, 8]);
  });

  it('is the remotes of connections, for the processes that hold them', () =>
    assert.deepEqual(target('cookie:1', [seen(7)]), {
      remotes: [redis],
      pids: [7],
      netns: null,
      protocol: null,
    }));

  it('is the processes of a user, and no others', () => {
    assert.deepEqual(target('remote:6379 user:root', [seen(7)]).pids, [7]);
    assert.deepEqual(target('pid:42 user:root', [seen(7)]).pids, [7]);
    assertRefused('pid:42 user:root', ErrorCode.notFound);
  });

  it('is a container by its own namespace', () =>
    assert.deepEqual(target('container:web', [], web), {
      remotes: [any],
      pids: null,
      netns: 2,
      protocol: null,
    }));

  it('is the processes of a container that shares the host’s namespace, and no others there', () => {
    const { pids, netns } = target('container:web', [seen(7)]);
    assert.deepEqual([pids, netns], [[7], null]);
    assertRefused('container:web', ErrorCode.notFound);
  });

  for (const text of [
    'remote:6379 remote:10.0.0.5',
    'pid:1 pid:2',
    'container:web,db',
    'remote:6379 net:1,2',
    'remote:6379 proto:mptcp',
    'remote:6379 -pid:1',
    'user:root',
    'net:1',
  ])
    it(`is refused for ${text}`, () => assertRefused(text, ErrorCode.invalidFilter));

  function assertRefused(text: string, code: ErrorCode): void {
    assert.throws(
      () => target(text),
      (error: { code: number }) => error.code === code,
    );
  }
});
