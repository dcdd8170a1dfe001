/** Nodes as tree items of the workbench. */

import * as vscode from 'vscode';
import { hasPeer } from '../../agent/client/liveness/read-liveness';
import type { Row, Socket, Subject } from '../../agent/protocol';
import { commands } from '../base/ids';
import { groupDescription, groupLabel, groupSentence, groupTooltip, leaks, moreLabel } from './group-text';
import { markUri } from './marks';
import type { RowContext } from './row-context';
import { rowDescription, rowLabel, rowSentence, tooltip } from './socket-text';
import { hasEnded, holdsPort, isListener, isLocked } from './sockets';
import type { GroupNode, MoreNode, Node, SocketNode, StartNode } from './view-window';

const t = vscode.l10n.t;

/**
 * Without the tooltip, which `itemTooltip` adds on hover. `isOpen` matters for groups that are new to the workbench: it
 * remembers the others.
 */
export function treeItem(node: Node, rowContext: RowContext, isOpen: boolean): vscode.TreeItem {
  if (node.kind === 'more') return moreItem(node);
  if (node.kind === 'start') return startItem(node);
  return node.kind === 'group' ? groupItem(node, rowContext, isOpen) : socketItem(node, rowContext);
}

/** A string, never Markdown: names in it are untrusted. `runs`: of its process, see runsText. */
export function itemTooltip(node: Node, rowContext: RowContext, runs?: string): string | undefined {
  if (node.kind === 'more' || node.kind === 'start') return undefined;
  if (node.kind === 'socket') return tooltip(t, node.row, rowContext, runs);
  const text = groupTooltip(t, node.group, rowContext);
  return runs === undefined ? text : `${text}\n${runs}`;
}

function groupItem({ id, group }: GroupNode, rowContext: RowContext, isOpen: boolean): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(groupLabel(t, group.subject, rowContext), isOpen ? Expanded : Collapsed);
  item.id = id;
  item.description = groupDescription(t, group, rowContext);
  item.iconPath = leaks(group)
    ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
    : new vscode.ThemeIcon(groupIcons[group.subject.kind]);
  item.contextValue = `group ${group.subject.kind}`;
  item.accessibilityInformation = { label: groupSentence(t, group, rowContext) };
  return item;
}

function socketItem({ id, row }: SocketNode, rowContext: RowContext): vscode.TreeItem {
  const item = new vscode.TreeItem(rowLabel(row.socket));
  item.id = id;
  item.description = rowDescription(t, row, rowContext);
  item.iconPath = rowIcon(row);
  item.contextValue = contextValue(row);
  item.accessibilityInformation = { label: rowSentence(t, row) };
  if (row.mark) item.resourceUri = markUri(row.mark);
  return item;
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem(moreLabel(t, node));
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = { command: commands.showMore, title: t('Show More'), arguments: [node] };
  return item;
}

function startItem({ id, restarts }: StartNode): vscode.TreeItem {
  const title = restarts ? t('Restart Agent') : t('Start Agent');
  const item = new vscode.TreeItem(title);
  item.id = id;
  item.description = t('to see and destroy more');
  item.iconPath = new vscode.ThemeIcon('key');
  item.contextValue = 'start';
  item.command = { command: commands.startAgent, title };
  return item;
}

/** Words that the manifest's `viewItem =~` clauses match. */
function contextValue(row: Row): string {
  const { socket } = row;
  const words: string[] = ['socket', rowKind(row)];
  if (socket.owners.length > 0) words.push('owned');
  if (socket.peer && !hasEnded(row)) words.push('peer');
  if (isListener(socket) && !hasEnded(row)) words.push('serves');
  if (holdsPort(socket) && !hasEnded(row)) words.push('port');
  if (hasPeer(socket) && !hasEnded(row)) words.push('timed');
  return words.join(' ');
}

/** What can be done with a row; `bound`: only the end of its process frees its port, as of a listening MPTCP socket. */
export const rowKinds = ['live', 'listener', 'bound', 'locked', 'ended'] as const;

function rowKind(row: Row): (typeof rowKinds)[number] {
  if (hasEnded(row)) return 'ended';
  const { socket } = row;
  const keepsPort = socket.state === 'bound' || (isListener(socket) && socket.unsupportedReason !== null);
  if (keepsPort && !socket.lifeline && !socket.kernel) return 'bound';
  return isLocked(socket) ? 'locked' : isListener(socket) ? 'listener' : 'live';
}

/** A connection that may be destroyed, or a group: what Delete applies to. A listening socket has a command of its own. */
export function isForDelete(node: Node): boolean {
  if (node.kind === 'more' || node.kind === 'start') return false;
  return node.kind === 'group' || rowKind(node.row) === 'live';
}

const groupIcons: Record<Subject['kind'], string> = {
  process: 'server-process',
  port: 'plug',
  remote: 'globe',
  container: 'package',
  namespace: 'type-hierarchy',
  state: 'pulse',
  unnamed: 'question',
  ownerless: 'circle-slash',
  kernel: 'chip',
  listening: 'broadcast',
  unconnected: 'circle-outline',
};

function rowIcon(row: Row): vscode.ThemeIcon {
  const { socket } = row;
  if (hasEnded(row)) return new vscode.ThemeIcon('close', new vscode.ThemeColor('disabledForeground'));
  if (socket.lifeline || socket.kernel) return new vscode.ThemeIcon('lock');
  const [icon, color] = stateIcon(socket);
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

function stateIcon({ state, protocol, remote }: Socket): readonly [icon: string, color: string] {
  if (protocol === 'raw') return ['inspect', 'charts.purple'];
  if (protocol === 'udp' || protocol === 'udplite')
    return [remote ? 'arrow-swap' : 'radio-tower', 'charts.purple'];
  switch (state) {
    case 'listen':
      return ['broadcast', 'charts.green'];
    case 'established':
      return ['arrow-swap', 'charts.blue'];
    case 'syn-sent':
    case 'syn-recv':
      return ['sync', 'charts.yellow'];
    case 'bound':
      return ['pin', 'charts.yellow'];
    case 'time-wait':
      return ['history', 'disabledForeground'];
    case 'close':
      return ['circle-slash', 'disabledForeground'];
    default:
      return ['debug-disconnect', 'charts.orange'];
  }
}
