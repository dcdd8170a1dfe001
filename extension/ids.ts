/** Every name that the manifest and the code share, once; a test compares them with package.json. */

export const viewId = 'sockscope.sockets';

export const commands = {
  destroyConnection: 'sockscope.destroyConnection',
  destroyAll: 'sockscope.destroyAll',
  destroyNext: 'sockscope.destroyNext',
  startAgent: 'sockscope.startAgent',
  stopAgent: 'sockscope.stopAgent',
  refresh: 'sockscope.refresh',
  filter: 'sockscope.filter',
  clearFilter: 'sockscope.clearFilter',
  cycleGrouping: 'sockscope.cycleGrouping',
  copyAddress: 'sockscope.copyAddress',
  copyPid: 'sockscope.copyPid',
  showLog: 'sockscope.showLog',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

export const settings = {
  confirmSingleDestroy: 'sockscope.confirmSingleDestroy',
  agentScope: 'sockscope.agent.scope',
  agentReadOnly: 'sockscope.agent.readOnly',
  agentIdleExit: 'sockscope.agent.idleExit',
} as const;

/** Keys of `when` clauses, set by the code. */
export const contextKeys = {
  /** True where this is not Linux. */
  unsupported: 'sockscope.unsupported',
  /** `none`, `observer` or `agent`: who answers now. */
  mode: 'sockscope.mode',
  /** `loading`, `failed`, `empty` or `sockets`: what the view has. */
  view: 'sockscope.view',
  /** True while a filter is set. */
  filtered: 'sockscope.filtered',
} as const;

/** Keys of the workspace's memory. */
export const memory = { grouping: 'sockscope.grouping' } as const;
