import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTuple, type Socket } from '../../agent/protocol';
import { type Grouping, isLocked, type Node, SocketModel } from '../../extension/socket-model';
import { groupLabel } from '../../extension/socket-text';
import { english, owner, socket } from '../helpers/sockets';

const node = owner('node', 42);
const redis = owner('redis-server', 7);

function modelOf(grouping: Grouping, sockets: readonly Socket[]): SocketModel {
  const model = new SocketModel(grouping);
  model.update(sockets);
  return model;
}

/** Groups and rows as text, in order. */
function shown(model: SocketModel): [string, string[]][] {
  return model.roots.map((group) => [
    groupLabel(english, group.subject),
    group.sockets.map((row) => formatTuple(row.socket)),
  ]);
}

function ids(model: SocketModel): string[] {
  return model.roots.flatMap((group) => [group.id, ...group.sockets.map((row) => row.id)]);
}

describe('grouping', () => {
  const listener = socket('127.0.0.1:3000', null, { owners: [node] });
  const accepted = socket('127.0.0.1:3000', '127.0.0.1:51234', { owners: [node] });
  const toRedis = socket('127.0.0.1:40000', '127.0.0.1:6379', { owners: [node] });
  const ofRedis = socket('127.0.0.1:6379', '127.0.0.1:40000', { owners: [redis] });
  const waiting = socket('127.0.0.1:3000', '127.0.0.1:51000', { state: 'time-wait', inode: '0' });
  const all = [ofRedis, toRedis, accepted, waiting, listener];

  it('by process puts listening sockets first and ownerless ones last', () => {
    assert.deepEqual(shown(modelOf('process', all)), [
      ['node', ['127.0.0.1:3000', '127.0.0.1:3000 -> 127.0.0.1:51234', '127.0.0.1:40000 -> 127.0.0.1:6379']],
      ['redis-server', ['127.0.0.1:6379 -> 127.0.0.1:40000']],
      ['No process', ['127.0.0.1:3000 -> 127.0.0.1:51000']],
    ]);
  });

  it('puts a listening socket before a connection of a lower port', () => {
    const high = socket('127.0.0.1:50000', null, { owners: [node] });
    assert.deepEqual(shown(modelOf('process', [accepted, high])), [
      ['node', ['127.0.0.1:50000', '127.0.0.1:3000 -> 127.0.0.1:51234']],
    ]);
    assert.deepEqual(
      shown(modelOf('port', [accepted, high])).map(([label]) => label),
      [':50000', ':3000'],
    );
  });

  it('by port puts listening ports first', () => {
    assert.deepEqual(
      shown(modelOf('port', all)).map(([label]) => label),
      [':3000', ':6379', ':40000'],
    );
  });

  it('by remote gathers clients that came in by their address', () => {
    assert.deepEqual(shown(modelOf('remote', all)), [
      ['Listening', ['127.0.0.1:3000']],
      ['127.0.0.1:6379', ['127.0.0.1:40000 -> 127.0.0.1:6379']],
      [
        'from 127.0.0.1',
        [
          '127.0.0.1:3000 -> 127.0.0.1:51000',
          '127.0.0.1:3000 -> 127.0.0.1:51234',
          '127.0.0.1:6379 -> 127.0.0.1:40000',
        ],
      ],
    ]);
  });

  it('keeps equal ports and remotes of other network namespaces apart', () => {
    const there = socket('127.0.0.1:3000', '127.0.0.1:51234', { netns: 2, owners: [node] });
    assert.equal(modelOf('port', [accepted, there]).roots.length, 2);
    assert.equal(modelOf('remote', [accepted, there]).roots.length, 2);
  });

  it('puts its own network namespace first', () => {
    const there = socket('127.0.0.1:80', null, { netns: 2, owners: [node] });
    const model = new SocketModel('port', 1);
    model.update([there, accepted]);
    assert.deepEqual(
      shown(model).map(([label]) => label),
      [':3000', ':80'],
    );
  });

  it('by remote puts sockets without a remote first', () => {
    const udp = socket('0.0.0.0:53', null, { protocol: 'udp', state: 'close', owners: [node] });
    assert.deepEqual(
      shown(modelOf('remote', [toRedis, udp, listener])).map(([label]) => label),
      ['Listening', 'Not connected', '127.0.0.1:6379'],
    );
  });

  it('shows a shared socket under each of its processes, and counts it once', () => {
    const shared = socket('0.0.0.0:80', null, { owners: [node, owner('node', 42, { fd: 9 }), redis] });
    const model = modelOf('process', [shared]);
    assert.deepEqual(shown(model), [
      ['node', ['0.0.0.0:80']],
      ['redis-server', ['0.0.0.0:80']],
    ]);
    assert.equal(model.size, 1);
  });

  it('tells a process from a later one with the same pid', () => {
    const later = socket('127.0.0.1:4000', null, { owners: [owner('node', 42, { startTime: '2' })] });
    assert.equal(modelOf('process', [listener, later]).roots.length, 2);
  });

  it('tells apart who cannot be seen, nobody and the kernel', () => {
    const unseen = socket('127.0.0.1:1', null);
    const kernel = socket('127.0.0.1:2', null, { kernel: true });
    assert.deepEqual(
      modelOf('process', [kernel, waiting, unseen]).roots.map((group) => group.subject.kind),
      ['unnamed', 'ownerless', 'kernel'],
    );
  });
});

describe('a refresh', () => {
  const first = socket('127.0.0.1:3000', '127.0.0.1:50001', { owners: [node] });
  const second = socket('127.0.0.1:3000', '127.0.0.1:50003', { owners: [node] });

  it('with nothing new changes nothing', () => {
    const model = modelOf('process', [first, second]);
    assert.deepEqual(model.update([{ ...second }, { ...first }]), []);
  });

  it('redraws a row whose state changed, in its place and as the same node', () => {
    const model = modelOf('process', [first, second]);
    const before = model.roots[0]?.sockets[0];
    assert.deepEqual(model.update([{ ...first, state: 'close-wait' }, second]), [before]);
    assert.equal(model.roots[0]?.sockets[0], before);
    assert.equal(before?.socket.state, 'close-wait');
  });

  it('puts a new row in its sorted place and redraws its group only', () => {
    const model = modelOf('process', [first, second]);
    const between = socket('127.0.0.1:3000', '127.0.0.1:50002', { owners: [node] });
    const changes = model.update([second, between, first]);
    assert.deepEqual(changes, [model.roots[0]]);
    assert.deepEqual(
      model.roots[0]?.sockets.map((row) => row.socket.remote?.port),
      [50001, 50002, 50003],
    );
  });

  it('redraws all only when groups come or go', () => {
    const model = modelOf('process', [first]);
    assert.equal(model.update([first, socket('127.0.0.1:1', null, { owners: [redis] })]), 'all');
    assert.equal(model.update([first]), 'all');
  });

  it('never moves a row whose sorting facts change', () => {
    const unbound = socket('0.0.0.0:5000', null, { protocol: 'udp', state: 'close', owners: [node] });
    const other = socket('0.0.0.0:5001', null, { protocol: 'udp', state: 'close', owners: [node] });
    const model = modelOf('process', [unbound, other]);
    const before = ids(model);
    model.update([{ ...unbound, state: 'established', remote: { address: '10.0.0.9', port: 9 } }, other]);
    assert.deepEqual(ids(model), before);
  });

  it('never moves a port whose listener goes', () => {
    const listener = socket('127.0.0.1:9000', null, { owners: [node] });
    const on9000 = socket('127.0.0.1:9000', '127.0.0.1:50009', { owners: [node] });
    const model = modelOf('port', [listener, on9000, first]);
    const before = model.roots.map((group) => group.id);
    model.update([on9000, first]);
    assert.deepEqual(
      model.roots.map((group) => group.id),
      before,
    );
  });

  it('redraws a process that took another name', () => {
    const model = modelOf('process', [first]);
    const [group] = model.roots;
    const changes = model.update([{ ...first, owners: [owner('deno', 42)] }]);
    assert.ok(changes !== 'all' && changes.includes(group as Node));
    assert.equal(group && groupLabel(english, group.subject), 'deno');
  });

  it('takes in 10,000 sockets in well under a second', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      socket('10.0.0.1:3000', `10.1.${index >> 8}.${index & 255}:50000`, { owners: [node] }),
    );
    const model = modelOf('process', many);
    const started = performance.now();
    assert.deepEqual(model.update(many.map((one) => ({ ...one }))), []);
    assert.ok(performance.now() - started < 1000);
  });
});

describe('what is locked', () => {
  it('is lifeline, the kernel and what is closed already', () => {
    assert.equal(isLocked(socket('127.0.0.1:1', null)), false);
    assert.equal(isLocked(socket('127.0.0.1:1', null, { lifeline: true })), true);
    assert.equal(isLocked(socket('127.0.0.1:1', null, { kernel: true })), true);
    assert.equal(isLocked(socket('0.0.0.0:0', null, { state: 'close' })), true);
    assert.equal(isLocked(socket('0.0.0.0:53', null, { state: 'close', protocol: 'udp' })), false);
  });
});
