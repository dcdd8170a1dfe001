/** The rows that all views have together. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SeenSocket } from '../../../../agent/inventory/inventory';
import { ViewRows } from '../../../../agent/live/view-rows';
import { parseFilter, rootGroup } from '../../../../agent/protocol';
import { namedOwner, seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';
import { Machine, paramsOf } from '../../../helpers/view-machine';

function machine(): Machine {
  const made = new Machine();
  made.sockets = [
    seen(socket('127.0.0.1:6379', '127.0.0.1:40000'), [namedOwner('redis-server', 7, { uid: 999 })]),
    seen(socket('127.0.0.1:40000', '127.0.0.1:6379'), [namedOwner('node', 42)]),
    seen(socket('127.0.0.1:3000', null), [namedOwner('node', 42)]),
  ];
  return made;
}

describe('all views together', () => {
  it('have a bounded number of rows: one beyond says so, and has them when another is closed or filtered', () => {
    const made = machine();
    const { length } = made.sockets;
    made.viewRows = new ViewRows(2 * length);
    const views = [made.view(), made.view()];
    for (const view of views) assert.equal(view.whole().failure, null);
    const third = made.view();
    const refused = third.whole();
    assert.match(refused.failure ?? '', /close some, or filter this one/);
    assert.deepEqual([refused.groupCount, refused.groups.set], [0, []]);

    const parsed = parseFilter(':6379');
    assert.ok(parsed.ok);
    views[0]?.set(paramsOf({ filter: ':6379' }), parsed.filter);
    third.scanned();
    assert.match(third.whole().failure ?? '', /filter this one/, 'there is room for a part of its rows only');
    views[1]?.close();
    const whole = third.whole();
    assert.deepEqual([whole.failure, whole.shown], [null, length]);
    views[1]?.whole();
    assert.equal(third.whole().failure, null, 'a view that is closed takes no room again');
  });

  it('count a socket once for each process that holds it, where it has as many rows', () => {
    const made = machine();
    const holders = Array.from({ length: 50 }, (_, at) => namedOwner('worker', 100 + at));
    made.sockets = [seen(socket('127.0.0.1:3000', null, { state: 'listen' }), holders)];
    made.viewRows = new ViewRows(49);
    assert.match(made.view().whole().failure ?? '', /filter this one/);
    assert.equal(made.view({ groupBy: 'port' }).whole().failure, null);
  });

  it('have the names of containers that their clients sent, and share all else', () => {
    const container = { id: 'c'.repeat(64), runtime: 'docker', name: null } as const;
    const made = machine();
    made.sockets = [seen(socket('127.0.0.1:3000', null, { container }))];
    let copies = 0;
    const view = made.view(
      { groupBy: 'container', open: { [rootGroup]: 10, [`container/${container.id}`]: 10 } },
      (one) => {
        copies++;
        return { ...one, socket: { ...one.socket, container: { ...container, name: 'web' } } };
      },
    );
    const { groups, rows } = view.whole();
    const [group] = groups.set;
    assert.equal(group?.subject.kind === 'container' && group.subject.name, 'web');
    assert.equal(rows[group?.id ?? '']?.set[0]?.socket.container?.name, 'web');
    assert.ok(copies > 0);
    assert.equal(made.places.of(made.sockets[0] as SeenSocket, 'container').places.length, 1);
  });
});
