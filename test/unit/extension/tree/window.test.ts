import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits, rootGroup } from '../../../../agent/protocol';
import { OpenGroups } from '../../../../extension/tree/open-groups';
import { type GroupNode, type Node, ViewWindow } from '../../../../extension/tree/view-window';
import { socket } from '../../../helpers/sockets';
import { change, group, process, row } from '../../../helpers/views';

const a = group('a', process(1), 3);
const b = group('b', process(2), 1);
const rows = [50001, 50002, 50003].map((port) =>
  row(socket('127.0.0.1:3000', `127.0.0.1:${port}`), { order: String(port) }),
);
const [first, second, third] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];

function windowOf(...whole: Parameters<typeof change>): ViewWindow {
  const window = new ViewWindow();
  window.replace(change(...whole));
  return window;
}

function groupNode(window: ViewWindow, id: string): GroupNode {
  const node = window.group(id);
  assert.ok(node);
  return node;
}

const ids = (nodes: readonly Node[]) => nodes.map(({ id }) => id);

describe('a window', () => {
  it('has groups and rows in their order, however they arrive', () => {
    const window = windowOf([b, a], { a: [third, first, second] });
    assert.deepEqual(ids(window.children()), ['a', 'b']);
    assert.deepEqual(
      ids(window.children(groupNode(window, 'a'))),
      rows.map(({ id }) => `a/${id}`),
    );
    assert.deepEqual(window.children(groupNode(window, 'b')), []);
  });

  it('that is received again changes nothing, and keeps every node', () => {
    const window = windowOf([a, b], { a: rows });
    const before = [...window.children(), ...window.children(groupNode(window, 'a'))];
    assert.deepEqual(window.replace(structuredClone(change([b, a], { a: rows }))), []);
    const after = [...window.children(), ...window.children(groupNode(window, 'a'))];
    assert.equal(after.length, before.length);
    for (const [index, node] of before.entries()) assert.equal(after[index], node);
  });

  it('that is received without a group or rows removes them', () => {
    const window = windowOf([a, b], { a: rows });
    assert.equal(window.replace(change([a], { a: [first] })), 'all');
    assert.deepEqual(ids(window.children()), ['a']);
    assert.equal(window.count('a'), 1);
    const node = groupNode(window, 'a');
    assert.deepEqual(window.replace(change([a])), [node]);
    assert.deepEqual(window.children(node), []);
  });
});

describe('a change', () => {
  it('redraws a changed row in its place and as the same node', () => {
    const window = windowOf([a], { a: rows });
    const node = window.row('a', second.id);
    const next = { ...second, mark: 'changed' as const };
    assert.deepEqual(window.apply(change([], { a: [next] }, { groupCount: 1 })), [node]);
    assert.equal(window.children(groupNode(window, 'a'))[1], node);
    assert.equal(node?.row.mark, 'changed');
  });

  it('inserts a new row in its place, and redraws its whole group', () => {
    const window = windowOf([a], { a: [first, third] });
    const node = groupNode(window, 'a');
    const before = window.row('a', third.id);
    const changed = { ...third, mark: 'changed' as const };
    assert.deepEqual(window.apply(change([], { a: [changed, second] }, { groupCount: 1 })), [node]);
    assert.deepEqual(
      ids(window.children(node)),
      rows.map(({ id }) => `a/${id}`),
    );
    assert.equal(window.children(node)[2], before);
  });

  it('removes rows and groups', () => {
    const window = windowOf([a, b], { a: rows });
    const node = groupNode(window, 'a');
    const without = change([], {}, { groupCount: 2, rows: { a: { set: [], gone: [first.id] } } });
    assert.deepEqual(window.apply(without), [node]);
    assert.equal(window.row('a', first.id), undefined);
    assert.equal(window.apply({ ...change([]), groups: { set: [], gone: ['a'] }, groupCount: 1 }), 'all');
    assert.equal(window.row('a', second.id), undefined);
    assert.deepEqual(ids(window.children()), ['b']);
  });

  it('of counts redraws the group alone', () => {
    const window = windowOf([a, b]);
    assert.deepEqual(window.apply(change([{ ...a, size: 9 }], {}, { groupCount: 2 })), [
      groupNode(window, 'a'),
    ]);
    assert.equal(groupNode(window, 'a').group.size, 9);
  });

  it('of names of network namespaces redraws everything, of the hidden count nothing', () => {
    const window = windowOf([a]);
    assert.deepEqual(window.apply(change([], {}, { groupCount: 1, shown: 5, hidden: 2 })), []);
    assert.equal(window.facts.hidden, 2);
    const namespaces = [{ netns: 2, own: false, name: 'blue', container: null, errno: null }];
    assert.equal(window.apply(change([], {}, { groupCount: 1, namespaces })), 'all');
    assert.deepEqual(window.apply(change([], {}, { groupCount: 1, namespaces: null })), []);
    assert.deepEqual(window.facts.namespaces, namespaces);
  });

  it('is urgent if a socket is added or ends', () => {
    const window = windowOf([a], { a: [first, second] });
    const marked = (mark: 'new' | 'changed' | 'closed') => change([], { a: [{ ...first, mark }] });
    assert.equal(window.isUrgent(change([b])), true);
    assert.equal(window.isUrgent(change([], { a: [third] })), true);
    assert.equal(window.isUrgent(marked('closed')), true);
    assert.equal(window.isUrgent(marked('changed')), false);
    assert.equal(window.isUrgent(change([{ ...a, size: 9 }])), false);
    assert.equal(window.isUrgent({ ...change([]), rows: { a: { set: [], gone: [first.id] } } }), false);
    window.apply(marked('closed'));
    assert.equal(window.isUrgent(marked('closed')), false, 'it was applied already');
  });

  it('of a group that is not in the window is ignored', () => {
    const window = windowOf([a]);
    assert.deepEqual(window.apply(change([], { b: rows }, { groupCount: 1 })), []);
    assert.equal(window.count('b'), 0);
  });
});

describe('a window with more rows than it holds', () => {
  it('ends with a "more" row', () => {
    const window = windowOf([{ ...a, size: 10 }, b], { a: rows }, { groupCount: 7 });
    const more = window.children().at(-1);
    assert.ok(more?.kind === 'more');
    assert.deepEqual([more.parent, more.shown, more.total], [undefined, 2, 7]);
    const node = groupNode(window, 'a');
    const moreRows = window.children(node).at(-1);
    assert.ok(moreRows?.kind === 'more');
    assert.deepEqual([moreRows.parent, moreRows.shown, moreRows.total], [node, 3, 10]);
  });

  it('keeps that row, and removes it when all rows are there', () => {
    const window = windowOf([{ ...a, size: 3 }], { a: [first, second] });
    const node = groupNode(window, 'a');
    const more = window.children(node).at(-1);
    assert.equal(window.children(node).at(-1), more);
    window.apply(change([], { a: [third] }, { groupCount: 1 }));
    assert.deepEqual(
      window.children(node).map(({ kind }) => kind),
      ['socket', 'socket', 'socket'],
    );
  });

  it('has none in a closed group', () => {
    const window = windowOf([{ ...a, size: 10 }]);
    assert.deepEqual(window.children(groupNode(window, 'a')), []);
  });
});

describe('open groups', () => {
  it('start with 100 rows and grow by 100', () => {
    const open = new OpenGroups();
    assert.deepEqual(open.requested, { [rootGroup]: 100 });
    assert.equal(open.open('a'), true);
    assert.equal(open.open('a'), false);
    open.more('a');
    open.more(rootGroup);
    assert.deepEqual(open.requested, { [rootGroup]: 200, a: 200 });
  });

  it('start with 100 rows again after they were closed', () => {
    const open = new OpenGroups();
    open.open('a');
    open.more('a');
    assert.equal(open.close('a'), true);
    assert.equal(open.close('a'), false);
    open.open('a');
    assert.deepEqual(open.requested, { [rootGroup]: 100, a: 100 });
  });

  it('grow to a row in whole steps, up to the limit of the agent', () => {
    const open = new OpenGroups();
    open.reach('a', 101);
    open.reach('b', 1);
    open.reach('a', 5);
    open.reach('c', limits.viewRows + 1);
    assert.deepEqual(open.requested, { [rootGroup]: 100, a: 200, b: 100, c: limits.viewRows });
  });

  it('are limited to the latest ones and the root', () => {
    const open = new OpenGroups();
    for (let index = 0; index < 2 * limits.openGroups; index++) open.open(`g${index}`);
    const asked = Object.keys(open.requested);
    assert.equal(asked.length, limits.openGroups);
    assert.ok(asked.includes(rootGroup) && asked.includes(`g${2 * limits.openGroups - 1}`));
  });
});

describe('a window of 10,000 rows', () => {
  it('is replaced by an equal one', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      row(socket('10.0.0.1:3000', `10.1.${index >> 8}.${index & 255}:50000`)),
    );
    const window = windowOf([{ ...a, size: 10_000 }], { a: many });
    const again = structuredClone(change([{ ...a, size: 10_000 }], { a: many }));
    assert.deepEqual(window.replace(again), []);
  });
});
