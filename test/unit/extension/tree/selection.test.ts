/** The rows that a command applies to. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chosenNodes, type RowArguments, withSelection } from '../../../../extension/tree/selection';
import type { Node } from '../../../../extension/tree/view-window';
import { english } from '../../../helpers/sockets';

const [selected, clicked, another] = ['a', 'b', 'c'].map((id) => ({ kind: 'start', id }) as unknown as Node);
const of = (...chosen: RowArguments) =>
  chosenNodes(english, { selection: selected ? [selected] : [] }, chosen);

describe('the rows that a command applies to', () => {
  it('are the selected ones for a key and the palette', () => assert.deepEqual(of(), [selected]));

  it('are the row of the menu, whatever is selected', () => {
    assert.deepEqual(of(clicked), [clicked]);
    assert.deepEqual(of(clicked, undefined), [clicked]);
  });

  it('are all that are selected where the row of the menu is one of them', () =>
    assert.deepEqual(of(clicked, [clicked, another] as Node[]), [clicked, another]));

  it('are never other ones where the editor does not know the row any more', () => {
    const unknown = [undefined, clicked] as unknown as Node[];
    assert.throws(() => of(undefined, undefined), /Choose the row once more/);
    assert.throws(() => of(clicked, unknown), /Choose the row once more/);
    assert.throws(() => of(undefined, unknown), /Choose the row once more/);
  });

  it('stay those of the moment when it was chosen, for when it is tried again', () => {
    const rows = [selected, another] as Node[];
    const tried = (selection: readonly Node[], ...chosen: RowArguments) =>
      chosenNodes(english, { selection: [clicked as Node] }, withSelection({ selection }, chosen));
    assert.deepEqual(tried(rows), rows);
    assert.deepEqual(tried([]), []);
    assert.deepEqual(tried(rows, another), [another]);
    assert.throws(() => tried(rows, undefined, undefined), /Choose the row once more/);
  });
});
