import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SelectedRows } from '../../../../extension/tree/selected-rows';
import type { Node } from '../../../../extension/tree/view-window';

const row = { id: 'row' } as Node;

describe('rows that are selected', () => {
  let selection: readonly Node[];
  let select: (rows: readonly Node[]) => void;
  let rows: SelectedRows;
  let told: (readonly Node[])[];
  beforeEach(() => {
    told = [];
    const listeners: (() => void)[] = [];
    const view = {
      get selection() {
        return selection;
      },
      onDidChangeSelection: (listener: () => void) => {
        listeners.push(listener);
        return { dispose: () => {} };
      },
    };
    select = (now) => {
      selection = now;
      for (const listener of listeners) listener();
    };
    rows = new SelectedRows(view as never, (now) => told.push(now));
  });

  it('are told at once', async () => {
    select([row]);
    rows.rowIsRead();
    await setImmediate();
    assert.deepEqual(told, [[row]]);
  });

  it('are told once they are known, where VS Code was just reading the tree anew', async () => {
    select([]);
    rows.rowIsRead();
    await setImmediate();
    assert.deepEqual(told, [[]], 'another row');
    rows.rowIsRead();
    selection = [row];
    rows.rowIsRead();
    await setImmediate();
    assert.deepEqual(told, [[], [row]]);
    rows.rowIsRead();
    await setImmediate();
    assert.equal(told.length, 2);
  });
});
