/** What other extensions and the tests get from this one's `activate`. */

import type { AgentInfo } from '../agent/protocol';
import type { Context } from './context';
import type { Node } from './socket-model';
import type { SocketTree } from './socket-tree';

export interface SockscopeApi {
  /** Looks at the machine once more; resolves when the tree has taken it in. */
  refresh(): Promise<void>;
  /** Rows below a row, or the groups at the top; these are what the commands take. */
  rows(parent?: Node): readonly Node[];
  /** Who answers now; undefined: nobody. */
  agent(): AgentInfo | undefined;
  /** The filter of the view. */
  filter(): string;
}

export function makeApi(context: Context, tree: SocketTree): SockscopeApi {
  return {
    refresh: () => tree.store.refresh(),
    rows: (parent) => tree.getChildren(parent),
    agent: () => context.link.info,
    filter: () => tree.store.filter,
  };
}
