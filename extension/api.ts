/** The API that `activate` returns, for other extensions and the tests. */

import type { Uri } from 'vscode';
import type { AgentInfo } from '../agent/protocol';
import type { AgentItem } from './actions/agent-status';
import type { Context } from './context';
import type { History } from './history/history';
import type { HistoryRow } from './history/history-view';
import type { WatchedPorts } from './ports/watched-ports';
import type { StatusText } from './ports/watched-text';
import type { Outages } from './reconnect/outages';
import type { Timeline } from './reconnect/timeline/timeline';
import type { ExportFormat, RunView } from './reconnect/timeline/timeline-view';
import type { DetailsView } from './tree/details';
import type { Section } from './tree/details-text';
import type { Choices } from './tree/live-view';
import type { SocketTree } from './tree/socket-tree';
import type { GroupNode, Node } from './tree/view-window';

export interface SockscopeApi {
  /** Scans the machine once more; resolves when the tree shows the result. */
  refresh(): Promise<void>;
  /** Rows below a group, or the groups at the top; the commands take them as arguments. */
  rows(parent?: GroupNode): readonly Node[];
  /** Opens a row in the tree, as a click does. */
  expand(node: GroupNode): Promise<void>;
  /** What hovering over a row shows. */
  tooltip(node: Node): Promise<string | undefined>;
  /** Selected rows; empty while the tree is hidden. */
  selection(): readonly Node[];
  /** Filter, show and grouping of the view. */
  choices(): Choices;
  /** The message above the rows. */
  message(): string | undefined;
  /** Sections of the Details view. */
  details(): readonly Section[];
  /** Status bar text of the watched ports; undefined: none are watched. */
  watchedPorts(): StatusText | undefined;
  /** Runs in Show Reconnects, the newest last. */
  runs(): readonly RunView[];
  /** Exports a run to a file. Images cannot be exported this way: the page draws them. */
  exportRun(run: number, format: ExportFormat, file: Uri): Promise<void>;
  /** Rows of the panel History, the newest last, and the sentence above them. */
  history(): { readonly rows: readonly HistoryRow[]; readonly status: string };
  /** Status bar text of the running outages; empty: none run. */
  outages(): string;
  /** Text of the status bar item of a running agent; empty: none runs. */
  agentItem(): string;
  /** The connected agent or observer; undefined: not connected. */
  agent(): AgentInfo | undefined;
}

interface Parts {
  readonly agentItem: AgentItem;
  readonly tree: SocketTree;
  readonly details: DetailsView;
  readonly timeline: Timeline;
  readonly history: History;
  readonly outages: Outages;
  readonly ports: WatchedPorts;
}

export function makeApi(
  context: Context,
  { agentItem, tree, details, timeline, history, outages, ports }: Parts,
): SockscopeApi {
  return {
    refresh: () => tree.live.refresh(),
    rows: (parent) => tree.rows(parent),
    expand: (node) => tree.expand(node),
    tooltip: (node) => tree.tooltip(node),
    selection: () => tree.selection,
    choices: () => tree.live.choices,
    message: () => tree.message,
    details: () => details.sections,
    watchedPorts: () => ports.status,
    history: () => ({ rows: history.rows, status: history.status }),
    runs: () => timeline.views,
    exportRun: (run, format, file) => timeline.write(run, format, file),
    outages: () => outages.text,
    agentItem: () => agentItem.text,
    agent: () => context.link.info,
  };
}
