import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EndFacts } from '../../../../agent/inventory/end-facts';
import type { SeenSocket } from '../../../../agent/inventory/inventory';
import { sizeOf } from '../../../../agent/inventory/json-size';
import {
  formatTuple,
  type Grouping,
  limits,
  nothingLeftOut,
  rootGroup,
  type ViewChange,
} from '../../../../agent/protocol';
import { namedOwner, seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';
import { Machine, paramsOf } from '../../../helpers/view-machine';

const node = namedOwner('node', 42);
const redis = namedOwner('redis-server', 7, { uid: 999 });
const nodeGroup = 'process/42.1';
const redisGroup = 'process/7.1';

const listener = seen(socket('127.0.0.1:3000', null), [node]);
const accepted = seen(socket('127.0.0.1:3000', '127.0.0.1:51234'), [node]);
const toRedis = seen(socket('127.0.0.1:40000', '127.0.0.1:6379'), [node]);
const ofRedis = seen(socket('127.0.0.1:6379', '127.0.0.1:40000'), [redis]);
const waiting = seen(socket('127.0.0.1:3000', '127.0.0.1:51000', { state: 'time-wait', inode: '0' }));
const all = [ofRedis, toRedis, accepted, waiting, listener];

function machine(sockets: readonly SeenSocket[] = all): Machine {
  const made = new Machine();
  made.sockets = [...sockets];
  return made;
}

/** Ids in the order that clients show them in. */
function inOrder(items: readonly { readonly id: string; readonly order: string }[] = []): string[] {
  return [...items].sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ id }) => id);
}

function rowTexts(change: ViewChange, group: string): string[] {
  const rows = [...(change.rows[group]?.set ?? [])].sort((a, b) => (a.order < b.order ? -1 : 1));
  return rows.map(({ socket }) => formatTuple(socket));
}

describe('a view', () => {
  it('has groups with counts, and rows of open groups only', () => {
    const change = machine()
      .view({ open: { [rootGroup]: 100, [nodeGroup]: 100 } })
      .whole();
    assert.deepEqual(inOrder(change.groups.set), [nodeGroup, redisGroup, 'process/ownerless']);
    assert.deepEqual(change.groups.set.find(({ id }) => id === nodeGroup)?.counts, {
      listening: 1,
      connected: 2,
      others: 0,
    });
    assert.deepEqual(Object.keys(change.rows), [nodeGroup]);
    assert.deepEqual(rowTexts(change, nodeGroup), [
      '127.0.0.1:3000',
      '127.0.0.1:3000 -> 127.0.0.1:51234',
      '127.0.0.1:40000 -> 127.0.0.1:6379',
    ]);
    assert.deepEqual([change.shown, change.hidden, change.groupCount], [5, 0, 3]);
  });

  it('counts what a process has not closed, though its peer has', () => {
    const half = all.map((one) => ({ ...one, socket: { ...one.socket, state: 'close-wait' as const } }));
    const unclosed = (groupBy: Grouping) =>
      machine(half)
        .view({ groupBy })
        .whole()
        .groups.set.map(({ id, unclosed }) => [id, unclosed] as const);
    assert.deepEqual(Object.fromEntries(unclosed('process'))[nodeGroup], 3);
    assert.ok(unclosed('port').every(([, count]) => count === 0));
  });

  const groupings: readonly [Grouping, string[]][] = [
    ['port', ['port/1/3000', 'port/1/6379', 'port/1/40000']],
    ['remote', ['remote/listening', 'remote/1/127.0.0.1/6379', 'remote/1/127.0.0.1/in']],
    ['container', ['namespace/1']],
    ['state', ['state/listen', 'state/established', 'state/time-wait']],
  ];
  for (const [groupBy, expected] of groupings)
    it(`groups by ${groupBy}`, () =>
      assert.deepEqual(inOrder(machine().view({ groupBy }).whole().groups.set), expected));

  it('has ports by number, and in names digits before letters', () => {
    const ports = [10_000, 9, 443, 80, 65_535, 1000].map((port) =>
      seen(socket(`127.0.0.1:${port}`, null), [node]),
    );
    const change = machine(ports)
      .view({ open: { [rootGroup]: 9, [nodeGroup]: 9 } })
      .whole();
    assert.deepEqual(
      rowTexts(change, nodeGroup).map((text) => Number(text.split(':')[1])),
      [9, 80, 443, 1000, 10_000, 65_535],
    );
    const names = ['worker10', 'workers', 'worker9', 'Worker007', 'worker'];
    const workers = names.map((name, index) =>
      seen(socket(`127.0.0.1:${3000 + index}`, null), [namedOwner(name, index + 1)]),
    );
    const { groups } = machine(workers).view().whole();
    assert.deepEqual(
      inOrder(groups.set).map((id) => names[Number(/\d+/.exec(id)) - 1]),
      ['worker', 'Worker007', 'worker9', 'worker10', 'workers'],
    );
  });

  it('puts a socket below each of its processes', () => {
    const shared = seen(socket('127.0.0.1:3000', null), [node, redis]);
    assert.deepEqual(inOrder(machine([shared]).view().whole().groups.set), [nodeGroup, redisGroup]);
  });

  describe('of an MPTCP connection', () => {
    const ends = ['10.0.0.1:40000', '10.0.0.2:443'] as const;
    const peer = { ...toRedis.socket, cookie: '900', owners: [] };
    const whole = seen(socket(...ends, { protocol: 'mptcp', inode: '11' }), [node]);
    const path = {
      ...seen(socket(...ends, { inode: '11', peer }), [node], { mptcp: true }),
      whole: whole.id,
    };
    const further = seen(socket('10.0.9.1:40001', '10.0.9.2:443', { inode: '11' }), [node], { mptcp: true });
    const open = { [rootGroup]: 100, [nodeGroup]: 100 };
    const rowsOf = (change: ViewChange) =>
      (change.rows[nodeGroup]?.set ?? []).map(({ id, socket, mark }) => [id, socket.peer?.cookie, mark]);

    it('has one row, with the peer of its path, which leads to it; a further path has its own', () => {
      const view = machine([path, whole, further]).view({ open });
      const change = view.whole();
      assert.deepEqual(rowsOf(change), [
        [whole.id, '900', null],
        [further.id, undefined, null],
      ]);
      assert.deepEqual([change.shown, change.groups.set[0]?.size], [2, 2]);
      assert.equal(view.locate(path.socket)?.row, whole.id);
      const foreign = { ...path, holders: [redis] };
      const hidden = machine([foreign, { ...whole, holders: [redis] }])
        .view({ show: 'mine' })
        .whole();
      assert.deepEqual([hidden.shown, hidden.hidden], [0, 1]);
    });

    it('has the row of its path where only that matches', () => {
      const change = machine([path, whole]).view({ open, filter: 'proto:tcp' }).whole();
      assert.deepEqual(rowsOf(change), [[path.id, '900', null]]);
    });

    it('has one row when it is closed, too, and then that of a path which lives on', () => {
      const made = machine([path, whole]);
      const view = made.view({ open });
      view.whole();
      const closed = [path, whole].map((one) => ({ seen: one, reason: 'closed' as const }));
      made.marks.mark({ added: [], changed: [], closed }, new EndFacts());
      made.sockets = [];
      assert.deepEqual(rowsOf(view.whole()), [[whole.id, '900', 'closed']]);
      const orphan = {
        ...path,
        socket: { ...path.socket, inode: '0', owners: [] },
        holders: [],
        whole: null,
      };
      made.sockets = [orphan];
      const [, ...others] = view.whole().groups.set;
      assert.deepEqual(
        others.map(({ size }) => size),
        [1],
      );
      assert.equal(view.locate(path.socket)?.row, path.id);
    });
  });

  it('names the listening process of a port', () => {
    const { groups } = machine().view({ groupBy: 'port' }).whole();
    assert.equal(groups.set.find(({ id }) => id === 'port/1/3000')?.holder, 'node (pid 42)');
  });

  it('names the processes that listen on a port, and in other groups only those that have all of it', () => {
    const ofOther = seen(socket('127.0.0.1:6379', null), [redis]);
    const holders = (groupBy: Grouping, sockets: readonly SeenSocket[]) =>
      Object.fromEntries(
        machine(sockets)
          .view({ groupBy })
          .whole()
          .groups.set.map(({ id, holder }) => [id, holder]),
      );
    const several = [listener, accepted, ofOther];
    assert.deepEqual(holders('port', several), {
      'port/1/3000': 'node (pid 42)',
      'port/1/6379': 'redis-server (pid 7)',
    });
    assert.deepEqual(holders('port', [listener, seen(socket('127.0.0.2:3000', null), [redis])]), {
      'port/1/3000': '',
    });
    assert.equal(holders('container', several)['namespace/1'], '');
    assert.equal(holders('remote', several)['remote/listening'], '');
    assert.equal(holders('state', several)['state/listen'], '');
    assert.equal(holders('container', [listener, accepted])['namespace/1'], 'node (pid 42)');
  });

  it('sends the first rows, and more when more are asked for', () => {
    const many = machine(
      Array.from({ length: 500 }, (_, index) => seen(socket(`127.0.0.1:${1000 + index}`, null), [node])),
    );
    const view = many.view({ open: { [rootGroup]: 10, [nodeGroup]: 200 } });
    const first = view.whole();
    assert.equal(first.rows[nodeGroup]?.set.length, 200);
    assert.equal(first.rows[nodeGroup]?.set.at(-1)?.socket.local.port, 1199);
    assert.equal(first.groups.set[0]?.size, 500);
    const more = view.set(paramsOf({ open: { [rootGroup]: 10, [nodeGroup]: 400 } }), []);
    assert.equal(more.rows[nodeGroup]?.set.length, 400);
  });

  it('comes in several messages if it is large', async () => {
    const many = machine(
      Array.from({ length: 4500 }, (_, index) => seen(socket(`127.0.0.1:${1000 + index}`, null), [node])),
    );
    const first = many.view({ open: { [rootGroup]: 10, [nodeGroup]: 5000 } }).whole();
    for (let message = 0; message < 4; message++) {
      await new Promise((resolve) => setImmediate(resolve));
      many.taken[message]?.();
    }
    const changes = [first, ...many.sent];
    for (const change of changes) assert.ok(sizeOf(change) < 1.2 * limits.answer, String(sizeOf(change)));
    const rows = changes.map((change) => change.rows[nodeGroup]?.set ?? []);
    assert.ok(rows.length >= 3 && rows.every(({ length }) => length > 0 && length <= limits.listPage));
    assert.equal(new Set(rows.flat().map(({ id }) => id)).size, 4500);
  });

  it('has the rows of sockets with long texts in as many messages as they need', async () => {
    const wordy = { ...node, command: 'x'.repeat(4096) };
    const many = machine(
      Array.from({ length: 600 }, (_, index) => seen(socket(`127.0.0.1:${1000 + index}`, null), [wordy])),
    );
    const first = many.view({ open: { [rootGroup]: 10, [nodeGroup]: 600 } }).whole();
    for (let message = 0; message < 4; message++) {
      await new Promise((resolve) => setImmediate(resolve));
      many.taken[message]?.();
    }
    const changes = [first, ...many.sent];
    for (const change of changes) assert.ok(sizeOf(change) < 1.2 * limits.answer, String(sizeOf(change)));
    assert.equal(changes.flatMap((change) => change.rows[nodeGroup]?.set ?? []).length, 600);
  });

  it('has what the scan left out', () => {
    assert.deepEqual(machine().view({}).whole().leftOut, nothingLeftOut);
  });

  it('counts the hidden sockets', () => {
    const { shown, hidden, groups } = machine().view({ show: 'mine' }).whole();
    assert.deepEqual([shown, hidden], [3, 2]);
    assert.deepEqual(inOrder(groups.set), [nodeGroup]);
    assert.equal(machine().view({ filter: ':6379', show: 'mine' }).whole().hidden, 1);
  });

  it('counts a socket without an owner as mine if its port was', () => {
    const made = machine();
    made.ports.learn([listener]);
    assert.deepEqual(inOrder(made.view({ show: 'mine' }).whole().groups.set), [
      nodeGroup,
      'process/ownerless',
    ]);
  });

  it('shows the sockets of processes below the roots or in the folders of a workspace', async () => {
    const own = namedOwner('test', process.pid);
    const made = machine([seen(socket('127.0.0.1:3000', null), [own]), ofRedis]);
    const workspace = { roots: [process.ppid], folders: [] };
    assert.deepEqual(inOrder(made.view({ show: 'workspace', workspace }).whole().groups.set), [
      `process/${process.pid}.1`,
    ]);
    await made.processes.updateDirectories([own]);
    const folders = { roots: [], folders: [process.cwd()] };
    assert.equal(made.view({ show: 'workspace', workspace: folders }).whole().shown, 1);
    const elsewhere = { roots: [], folders: [`${process.cwd()}x`, '/nowhere'] };
    assert.equal(made.view({ show: 'workspace', workspace: elsewhere }).whole().shown, 0);
  });
});

describe('changes of a view', () => {
  const open = { [rootGroup]: 100, [nodeGroup]: 100 };

  it('are sent as differences, and not at all if there are none', () => {
    const made = machine();
    const view = made.view({ open });
    view.whole();
    view.scanned();
    assert.equal(made.sent.length, 0);
    const fresh = seen(socket('127.0.0.1:3000', '127.0.0.1:51300'), [node]);
    made.sockets.push(fresh);
    view.scanned();
    const [change] = made.sent;
    assert.deepEqual(rowTexts(change as ViewChange, nodeGroup), ['127.0.0.1:3000 -> 127.0.0.1:51300']);
    assert.deepEqual(inOrder(change?.groups.set), [nodeGroup]);
  });

  it('have the bytes per second of rows and groups, and none while these stay the same', () => {
    const made = machine();
    const view = made.view({ open });
    const scan = (seconds: number) => {
      made.traffic.sample(made.inventory, 2000 * seconds);
      view.scanned();
    };
    const talk = (one: SeenSocket, bytes: number) => {
      one.sequence.sent += bytes;
      one.sequence.received += 1;
    };
    talk(toRedis, 1);
    talk(accepted, 1);
    made.traffic.sample(made.inventory, 0);
    const [row] = view.whole().rows[nodeGroup]?.set ?? [];
    assert.equal(row?.bytesPerSecond, null);
    talk(toRedis, 2999);
    talk(accepted, 999);
    scan(1);
    const [change] = made.sent;
    const rates = change?.rows[nodeGroup]?.set.map(({ id, bytesPerSecond }) => [id, bytesPerSecond]) ?? [];
    assert.deepEqual(
      new Map(rates as [string, number][]),
      new Map([
        [toRedis.id, 1500],
        [accepted.id, 500],
      ]),
    );
    assert.deepEqual(
      change?.groups.set.map(({ id, bytesPerSecond }) => [id, bytesPerSecond]),
      [[nodeGroup, 2000]],
    );
    made.taken[0]?.();
  });

  it('are not sent again for a first rate of nothing', () => {
    const made = machine();
    const view = made.view({ open });
    Object.assign(toRedis.sequence, { sent: 1, received: 1 });
    made.traffic.sample(made.inventory, 0);
    view.whole();
    made.traffic.sample(made.inventory, 2000);
    assert.equal(made.traffic.of(toRedis), 0);
    view.scanned();
    assert.deepEqual(made.sent, []);
  });

  it('have the namespaces only where these have changed, and a whole window has them always', () => {
    const made = machine();
    const host = { netns: 1, own: true, name: null, container: null, errno: null };
    made.namespaces = [host];
    const view = made.view({ open });
    assert.deepEqual(view.whole().namespaces, [host]);
    made.sockets = made.sockets.filter((one) => one !== ofRedis);
    view.scanned();
    assert.equal(made.sent[0]?.namespaces, null);
    made.taken[0]?.();
    assert.deepEqual(view.whole().namespaces, [host]);
  });

  it('have new namespaces, also without another change', () => {
    const made = machine();
    const view = made.view({ open });
    view.whole();
    const blue = { netns: 2, own: false, name: 'blue', container: null, errno: null };
    made.namespaces = [blue];
    view.scanned();
    assert.deepEqual(made.sent[0]?.namespaces, [blue]);
  });

  it('wait until the client has read the last one', async () => {
    const made = machine();
    const view = made.view({ open });
    view.whole();
    for (let port = 51300; port < 51310; port++) {
      made.sockets.push(seen(socket('127.0.0.1:3000', `127.0.0.1:${port}`), [node]));
      view.scanned();
    }
    assert.equal(made.sent.length, 1);
    made.taken[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(made.sent.length, 2);
    assert.equal(made.sent[1]?.rows[nodeGroup]?.set.length, 9);
  });

  it('have no end of a connection in time-wait, which had ended before', () => {
    const made = machine();
    const view = made.view({ groupBy: 'port', open: { [rootGroup]: 100, 'port/1/3000': 100 } });
    view.whole();
    made.sockets = all.filter((one) => one !== waiting && one !== accepted);
    const closed = [
      { seen: waiting, reason: 'unknown' as const },
      { seen: accepted, reason: 'closed' as const },
    ];
    made.marks.mark({ added: [], changed: [], closed }, new EndFacts());
    view.scanned();
    const rows = made.sent[0]?.rows['port/1/3000'];
    assert.deepEqual(rows?.gone, [waiting.id]);
    assert.deepEqual(
      rows?.set.map(({ id, mark }) => [id, mark]),
      [[accepted.id, 'closed']],
    );
  });

  it('keep a closed socket for a while, with the reason', () => {
    const made = machine();
    const view = made.view({ open });
    view.whole();
    made.sockets = made.sockets.filter((one) => one !== accepted);
    made.marks.mark(
      { added: [], changed: [], closed: [{ seen: accepted, reason: 'reset-by-peer' }] },
      new EndFacts(),
    );
    view.scanned();
    const [row] = made.sent[0]?.rows[nodeGroup]?.set ?? [];
    assert.deepEqual([row?.mark, row?.reason], ['closed', 'reset-by-peer']);
    const group = made.sent[0]?.groups.set.find(({ id }) => id === nodeGroup);
    assert.deepEqual([group?.counts.connected, group?.size], [1, 3]);
  });

  it('leave a closed connection below the process that had it, although the kernel still keeps the socket', () => {
    const made = machine([accepted]);
    const view = made.view({ open });
    view.whole();
    const left = seen({ ...accepted.socket, state: 'time-wait', inode: '0' });
    made.sockets = [left];
    made.marks.mark({ added: [], changed: [{ before: accepted, now: left }], closed: [] }, new EndFacts());
    view.scanned();
    assert.deepEqual(inOrder(made.sent[0]?.groups.set), [nodeGroup, 'process/ownerless']);
    assert.equal(made.sent[0]?.rows[nodeGroup]?.set[0]?.mark, 'closed');
    const byPort = made.view({ groupBy: 'port', open: { [rootGroup]: 9, 'port/1/3000': 9 } }).whole();
    assert.deepEqual(
      byPort.rows['port/1/3000']?.set.map(({ mark }) => mark),
      ['changed'],
    );
  });

  it('never move existing rows', () => {
    const made = machine();
    const view = made.view({ groupBy: 'port' });
    const before = new Map(view.whole().groups.set.map(({ id, order }) => [id, order]));
    made.sockets = made.sockets.filter((one) => one !== listener);
    view.scanned();
    for (const { id, order } of made.sent[0]?.groups.set ?? []) assert.equal(order, before.get(id));
  });

  it('list the ids that are gone', () => {
    const made = machine();
    const view = made.view({ open });
    view.whole();
    made.sockets = [listener];
    view.scanned();
    assert.deepEqual([...(made.sent[0]?.groups.gone ?? [])].sort(), [redisGroup, 'process/ownerless'].sort());
    assert.equal(made.sent[0]?.rows[nodeGroup]?.gone.length, 2);
  });

  it('have the reason why a scan failed, until one succeeds', () => {
    const made = machine();
    const view = made.view({ open });
    view.whole();
    view.failed('no such thing');
    assert.equal(made.sent[0]?.failure, 'no such thing');
  });
});

describe('places in a view', () => {
  it('give the groups and the number of rows to ask for', () => {
    const view = machine().view();
    view.whole();
    assert.deepEqual(view.locate(ofRedis.socket), {
      group: redisGroup,
      row: ofRedis.id,
      groups: 2,
      rows: 1,
    });
    assert.equal(view.locate(toRedis.socket)?.rows, 3);
    assert.equal(view.locate({ netns: 1, cookie: '0' }), null);
  });

  it('list all sockets of a group, also if it is closed', () => {
    const view = machine().view();
    view.whole();
    assert.equal(view.sockets(nodeGroup).length, 3);
    assert.throws(() => view.sockets('process/1.1'), /no longer exists/);
  });
});
