/** The rows that a command applies to. */

import type { SocketTree } from './socket-tree';
import type { Node } from './view-window';

/** A context menu passes its row and, where several are selected, all of them; a key passes nothing. */
export function chosenNodes(tree: SocketTree, node?: Node, nodes?: readonly Node[]): readonly Node[] {
  if (nodes && nodes.length > 0) return nodes;
  return node ? [node] : tree.selection;
}
