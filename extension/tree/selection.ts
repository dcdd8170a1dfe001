/** The rows that a command applies to. */

import type { Translate } from '../base/text';
import type { SocketTree } from './socket-tree';
import type { Node } from './view-window';

/** Of a command: a menu passes its row and, where several are selected, all of them; a key and the palette pass nothing. */
export type RowArguments = [node?: Node | undefined, nodes?: readonly Node[] | undefined];

/** The second argument of a key or the palette where nothing was selected. */
const nothing: readonly Node[] = [];

/**
 * The same, with what is selected now for a key and the palette: a command may be run again by Try Again of a notification, hours later,
 * when something else is selected.
 */
export function withSelection(tree: Pick<SocketTree, 'selection'>, chosen: RowArguments): RowArguments {
  const [node] = chosen;
  if (node !== undefined || chosen.length > 1) return chosen;
  const [first] = tree.selection;
  return first ? [first, tree.selection] : [undefined, nothing];
}

/**
 * Throws an Error for the user where a menu came without its row, which VS Code does while it reads the tree anew: what is
 * selected is another row, and not what was chosen.
 */
export function chosenNodes(
  t: Translate,
  tree: Pick<SocketTree, 'selection'>,
  chosen: Readonly<RowArguments>,
): readonly Node[] {
  const [node, nodes] = chosen;
  if (nodes === nothing) return nothing;
  if (node === undefined && chosen.length < 2) return tree.selection;
  const all: readonly (Node | undefined)[] = nodes && nodes.length > 0 ? nodes : [node];
  return all.map((one) => {
    if (one) return one;
    throw new Error(t('The list changed at that moment. Choose the row once more.'));
  });
}
