/** What other extensions and the tests get from this one's `activate`. */

import type { Uri } from 'vscode';
import type { AgentInfo } from '../agent/protocol';
import type { Context } from './context';
import type { WatchedPorts } from './ports/watched-ports';
import type { StatusText } from './ports/watched-text';
import type { Outages } from './reconnect/outages';
import type { Timeline } from './reconnect/timeline/timeline';
import type { RunView } from './reconnect/timeline/timeline-view';
import type { DetailsView } from './tree/details';
import type { Section } from './tree/details-text';
import type { Choices } from './tree/live-view';
import type { SocketTree } from './tree/socket-tree';
import type { GroupNode, Node } from './tree/view-window';

export interface SockscopeApi {
  /** Looks at the machine once more; resolves when the tree has taken it in. */
  refresh(): Promise<void>;
  /** Rows that the agent sent below a row, or the groups at the top; these are what the commands take. */
  rows(parent?: GroupNode): readonly Node[];
  /** Opens a row in the tree, as a click does. */
  expand(node: GroupNode): Promise<void>;
  /** What is selected in the tree, while it is seen. */
  selection(): readonly Node[];
  /** Filter, show and grouping of the view. */
  choices(): Choices;
  /** What stands above the rows. */
  message(): string | undefined;
  /** What the Details view shows. */
  details(): readonly Section[];
  /** What the status bar says of the watched ports; undefined: none are watched. */
  watchedPorts(): StatusText | undefined;
  /** Runs that Show Reconnects knows, the newest last. */
  runs(): readonly RunView[];
  /** Writes a run to a file, as its export does; `image` has no such way: the page draws it. */
  exportRun(run: number, format: 'json' | 'csv', file: Uri): Promise<void>;
  /** What the status bar says of what is held down; empty: nothing is. */
  outages(): string;
  /** Who answers now; undefined: nobody. */
  agent(): AgentInfo | undefined;
}

interface Parts {
  readonly tree: SocketTree;
  readonly details: DetailsView;
  readonly timeline: Timeline;
  readonly outages: Outages;
  readonly ports: WatchedPorts;
}

export function makeApi(context: Context, { tree, details, timeline, outages, ports }: Parts): SockscopeApi {
  return {
    refresh: () => tree.live.refresh(),
    rows: (parent) => tree.getChildren(parent),
    expand: (node) => tree.expand(node),
    selection: () => tree.selection,
    choices: () => tree.live.choices,
    message: () => tree.message,
    details: () => details.sections,
    watchedPorts: () => ports.status,
    runs: () => timeline.views,
    exportRun: (run, format, file) => timeline.write(run, format, file),
    outages: () => outages.text,
    agent: () => context.link.info,
  };
}
