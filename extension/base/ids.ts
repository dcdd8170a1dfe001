/** Names that the manifest and the code share; a test compares them with package.json. */

import type { Mark } from '../../agent/protocol';

export const viewId = 'sockscope.sockets';
export const detailsViewId = 'sockscope.details';
export const walkthroughId = 'firstSteps';

export const commands = {
  destroyConnection: 'sockscope.destroyConnection',
  destroyListener: 'sockscope.destroyListener',
  destroyAtPeer: 'sockscope.destroyAtPeer',
  destroyAll: 'sockscope.destroyAll',
  destroyNext: 'sockscope.destroyNext',
  drill: 'sockscope.drill',
  holdDown: 'sockscope.holdDown',
  degrade: 'sockscope.degrade',
  stopOutage: 'sockscope.stopOutage',
  wouldNotice: 'sockscope.wouldNotice',
  tune: 'sockscope.tune',
  capturePackets: 'sockscope.capturePackets',
  showTimeline: 'sockscope.showTimeline',
  showHistory: 'sockscope.showHistory',
  whoTalked: 'sockscope.whoTalked',
  whyBusy: 'sockscope.whyBusy',
  freePort: 'sockscope.freePort',
  startAgent: 'sockscope.startAgent',
  stopAgent: 'sockscope.stopAgent',
  agentStatus: 'sockscope.agentStatus',
  installAgent: 'sockscope.installAgent',
  refresh: 'sockscope.refresh',
  filter: 'sockscope.filter',
  clearFilter: 'sockscope.clearFilter',
  show: 'sockscope.show',
  showEverything: 'sockscope.showEverything',
  groupBy: 'sockscope.groupBy',
  showMore: 'sockscope.showMore',
  find: 'sockscope.find',
  goToPeer: 'sockscope.goToPeer',
  goToProgram: 'sockscope.goToProgram',
  openInBrowser: 'sockscope.openInBrowser',
  revealWorkingDirectory: 'sockscope.revealWorkingDirectory',
  copyAddress: 'sockscope.copyAddress',
  copyPid: 'sockscope.copyPid',
  copyValue: 'sockscope.copyValue',
  watchedPorts: 'sockscope.watchedPorts.show',
  showLog: 'sockscope.showLog',
  firstSteps: 'sockscope.firstSteps',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

export const settings = {
  confirmSingleDestroy: 'sockscope.confirmSingleDestroy',
  noticePortInUse: 'sockscope.noticePortInUse',
  agentScope: 'sockscope.agent.scope',
  agentReadOnly: 'sockscope.agent.readOnly',
  agentIdleExit: 'sockscope.agent.idleExit',
  portHints: 'sockscope.portHints',
  history: 'sockscope.history',
  watchedPorts: 'sockscope.watchedPorts',
  toolsAllowDestructive: 'sockscope.tools.allowDestructive',
  toolsCommandLines: 'sockscope.tools.commandLines',
  toolsMcpServer: 'sockscope.tools.mcpServer',
} as const;

/** Tools for language models, by their own names: those of all extensions share one list. */
export const languageTools = {
  list_sockets: 'sockscope_list_sockets',
  explain_port: 'sockscope_explain_port',
  free_port: 'sockscope_free_port',
  destroy_connection: 'sockscope_destroy_connection',
  drill_reconnect: 'sockscope_drill_reconnect',
} as const;

export const mcpProviderId = 'sockscope.mcp';

/** Colours of rows that are new, changed or closed. */
export const markColors: Readonly<Record<Mark, string>> = {
  new: 'sockscope.newForeground',
  changed: 'sockscope.changedForeground',
  closed: 'sockscope.closedForeground',
};

/** Outages, and the attempts that they refuse: the charts' orange is hardly visible in dark themes. */
export const outageColor = 'sockscope.outage';

/** Keys of `when` clauses, set by the code. */
export const contextKeys = {
  /** True where nothing of Sockscope works: not on Linux, or no package for this machine. */
  unsupported: 'sockscope.unsupported',
  /** `none`, `observer` or `agent`: what the link is connected to. */
  mode: 'sockscope.mode',
  /** `barred`, `contained`, `closed` or `missing`: why sudo cannot start the agent; empty: nothing is known to prevent it. */
  sudo: 'sockscope.sudo',
  /** State of the view: `loading`, `failed`, `empty` or `sockets`. */
  view: 'sockscope.view',
  /** `incomplete`, `foreign` or `noProc`: why the view has failed, where that is known; else empty. */
  failure: 'sockscope.failure',
  /** True where the kernel has no sock_diag, by which the observer lists. */
  noSockDiag: 'sockscope.noSockDiag',
  /** True while a filter is set. */
  filtered: 'sockscope.filtered',
  /** `workspace`, `mine` or `everything`. */
  shows: 'sockscope.shows',
  /** True while the selected rows are connections, or groups of them. */
  connections: 'sockscope.connections',
  /** True while Show leaves out sockets that match the filter. */
  hides: 'sockscope.hides',
} as const;

/** Keys of the workspace state; `installOffered` of the global one. */
export const memory = {
  grouping: 'sockscope.grouping',
  show: 'sockscope.show',
  unfinished: 'sockscope.unfinished',
  session: 'sockscope.session',
  installOffered: 'sockscope.installOffered',
} as const;
