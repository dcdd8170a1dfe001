import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Endings, ownersNowOnce, toEnding } from '../../../../agent/actions/destroy-outcome';
import type { DestroyReply } from '../../../../agent/broker-link/destroy-records';
import type { SeenSocket } from '../../../../agent/inventory/inventory';
import { packResults, resultOf, unpackResults } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';

const connection = socket('127.0.0.1:40000', '127.0.0.1:5432');
type Remains = DestroyReply['remains'];

const ownersNow = ownersNowOnce(() => 'running');
const listenerEnd = { spinning: null, takenOver: false };

function result(status: DestroyReply['status'], errno: number, remains: Remains) {
  const reply: DestroyReply = { engine: 'sock_diag', status, errno, remains };
  return resultOf(connection, toEnding({ socket: connection } as SeenSocket, reply, listenerEnd, ownersNow));
}

describe('the outcome of a destroy', () => {
  it('after a timeout is what was there later: left alone, or closed for an unknown reason', () => {
    const open = result('pending', 110, 'open');
    assert.equal(open.outcome, 'failed');
    assert.match(open.message, /was left alone/);
    const closed = result('pending', 110, 'nothing');
    assert.equal(closed.outcome, 'gone');
    assert.match(closed.message, /what closed it is unknown/);
  });

  it('of an engine that was killed is what was there later, likewise', () => {
    const open = result('pending', 4, 'open');
    assert.deepEqual([open.outcome, /was killed; try again/.test(open.message)], ['failed', true]);
    const closed = result('pending', 4, 'nothing');
    assert.deepEqual([closed.outcome, /what closed it is unknown/.test(closed.message)], ['gone', true]);
  });

  it('without an answer, and where nothing could be checked, is no closed socket', () => {
    for (const errno of [4, 16, 110]) {
      const { outcome, message } = result('pending', errno, 'unknown');
      assert.equal(outcome, 'failed');
      assert.match(message, /could not be checked/);
    }
  });

  it('says what has become of the owners, and looks at each of them once', () => {
    const looked: number[] = [];
    const owners = (...pids: number[]) =>
      pids.map((pid) => ({ pid, startTime: '1', fd: pid, name: 'test', uid: 1000, command: 'test' }));
    const now = ownersNowOnce(({ pid }) => {
      looked.push(pid);
      return pid === 3 ? 'ended' : 'running';
    });
    for (let twice = 0; twice < 2; twice++) {
      assert.equal(now(owners(1)), '. test (pid 1) is still running');
      assert.equal(now(owners(3)), '. test (pid 3) has ended');
      assert.equal(now(owners(2, 3)), '. test (pid 2) is still running');
    }
    assert.deepEqual(looked, [1, 3, 2, 3]);
  });

  it('is destroyed only where that was seen', () => {
    for (const remains of ['nothing', 'port'] as const)
      assert.equal(result('done', 0, remains).outcome, 'destroyed');
    const open = result('done', 0, 'open');
    assert.equal(open.outcome, 'failed');
    assert.match(open.message, /is still open/);
    const unknown = result('done', 0, 'unknown');
    assert.equal(unknown.outcome, 'failed');
    assert.match(unknown.message, /could not be checked/);
  });

  it('is gone only where that was seen, or judged before an engine was tried', () => {
    assert.equal(result('pending', 0, 'nothing').outcome, 'gone');
    const unknown = result('pending', 0, 'unknown');
    assert.equal(unknown.outcome, 'failed');
    assert.match(unknown.message, /could not be checked/);
    const judged: DestroyReply = { engine: null, status: 'pending', errno: 0, remains: 'unknown' };
    const seen = { socket: connection } as SeenSocket;
    assert.equal(toEnding(seen, judged, listenerEnd, ownersNow).outcome, 'gone');
    const ENOENT = 2;
    assert.equal(result('pending', ENOENT, 'nothing').outcome, 'gone');
    for (const status of ['pending', 'done'] as const) {
      const { outcome, message } = result(status, ENOENT, 'unknown');
      assert.equal(outcome, 'failed');
      assert.match(message, /could not be checked/);
    }
  });

  it('failed where another socket has its addresses', () => {
    const seen = { socket: connection } as SeenSocket;
    const reply = { status: 'pending', errno: 0, remains: 'open' } as const;
    const message = (engine: DestroyReply['engine']) =>
      [toEnding(seen, { ...reply, engine }, listenerEnd, ownersNow).message].flat().join('');
    assert.match(message('sock_diag'), /by their addresses, and found another one than/);
    assert.match(message('bpf'), /The walk .* did not meet/);
  });

  it('is unsupported where the kernel has no SOCK_DESTROY', () => {
    const EOPNOTSUPP = 95;
    const { outcome, errno, message } = result('done', EOPNOTSUPP, 'open');
    assert.deepEqual([outcome, errno], ['unsupported', 'EOPNOTSUPP']);
    assert.match(message, /run sockscope doctor/);
  });

  it('of UDP follows from who chose the port; where that is unknown, from what was there later', () => {
    const bound = socket('127.0.0.1:5353', '127.0.0.1:53', { protocol: 'udp', state: 'established' });
    for (const [portFrom, remains, expected, text] of [
      ['process', 'open', 'reset', /stays bound/],
      ['process', 'nothing', 'reset', /was closed then/],
      ['process', 'unknown', 'reset', /whether it stays bound could not be checked/],
      ['kernel', 'nothing', 'destroyed', /^Destroyed /],
      ['kernel', 'open', 'destroyed', /^Destroyed /],
      [null, 'open', 'reset', /stays bound/],
      [null, 'nothing', 'destroyed', /^Destroyed /],
    ] as const) {
      const seen = { socket: bound, record: { portFrom } } as unknown as SeenSocket;
      const done: DestroyReply = { engine: 'bpf', status: 'done', errno: 0, remains };
      const { outcome, message } = resultOf(bound, toEnding(seen, done, listenerEnd, ownersNow));
      assert.equal(outcome, expected, `${portFrom} ${remains}`);
      assert.match(message, text);
    }
  });

  it('crosses the wire once for all targets of a process that have the same one', () => {
    const endings = new Endings();
    const done: DestroyReply = { engine: 'bpf', status: 'done', errno: 0, remains: 'nothing' };
    const owned = (port: number, pid: number, name: string) => {
      const owners = [{ pid, startTime: '1', fd: port, name, command: name }];
      return socket(`127.0.0.1:${port}`, '127.0.0.1:5432', { owners });
    };
    const sockets = [owned(40_000, 1, 'init'), owned(40_001, 1, 'init'), owned(40_002, 2, 'other')];
    const replies = [done, done, done, { ...done, remains: 'open' as const }];
    const targets = [...sockets, owned(40_003, 1, 'init')];
    const packed = packResults(
      targets.map((one, index) => {
        const seen = { socket: one, record: { portFrom: null } } as unknown as SeenSocket;
        return endings.of(seen, replies[index] ?? done, listenerEnd);
      }),
    );
    assert.deepEqual(packed.of, [0, 0, 1, 2]);
    const results = unpackResults(targets, JSON.parse(JSON.stringify(packed)));
    assert.deepEqual(
      results.map(({ local, outcome }) => [local.port, outcome]),
      [
        [40_000, 'destroyed'],
        [40_001, 'destroyed'],
        [40_002, 'destroyed'],
        [40_003, 'failed'],
      ],
    );
    assert.match(
      results[1]?.message ?? '',
      /^Destroyed 127\.0\.0\.1:40001 -> 127\.0\.0\.1:5432\. init \(pid 1\)/,
    );
    assert.match(results[2]?.message ?? '', /^Destroyed 127\.0\.0\.1:40002 -> .* other \(pid 2\)/);
    assert.match(results[3]?.message ?? '', /127\.0\.0\.1:40003 -> 127\.0\.0\.1:5432 is still open/);
  });
});
