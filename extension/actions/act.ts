/** Keeps the connection open while an act on sockets runs, and refreshes the tree after it. */

import type { Context } from '../context';
import type { SocketTree } from '../tree/socket-tree';

export async function withHeldConnection<T>(
  context: Context,
  tree: SocketTree,
  act: () => Promise<T>,
): Promise<T> {
  const held = context.link.hold();
  try {
    return await act();
  } finally {
    held.dispose();
    void tree.live.refresh();
  }
}
