/** Nodes of the model as rows of the workbench. */

import * as vscode from 'vscode';
import { formatTuple } from '../agent/protocol';
import {
  type GroupNode,
  isListener,
  isLocked,
  type Node,
  type SocketNode,
  type Subject,
} from './socket-model';
import {
  groupDescription,
  groupLabel,
  groupSentence,
  groupTooltip,
  rowDescription,
  rowSentence,
  type Surroundings,
  tooltip,
} from './socket-text';

const t = vscode.l10n.t;

/** Without the tooltip, which `itemTooltip` makes when somebody looks. */
export function treeItem(node: Node, around: Surroundings): vscode.TreeItem {
  return node.kind === 'group' ? groupItem(node, around) : socketItem(node, around);
}

/** A string, never Markdown: names in it are untrusted. */
export function itemTooltip(node: Node, around: Surroundings): string {
  return node.kind === 'group' ? groupTooltip(t, node) : tooltip(t, node.socket, around);
}

function groupItem(group: GroupNode, around: Surroundings): vscode.TreeItem {
  const item = new vscode.TreeItem(groupLabel(t, group.subject), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = group.id;
  item.description = groupDescription(t, group, around);
  item.iconPath = new vscode.ThemeIcon(groupIcons[group.subject.kind]);
  item.contextValue = `group ${group.subject.kind}`;
  item.accessibilityInformation = { label: groupSentence(t, group), role: 'treeitem' };
  return item;
}

function socketItem({ id, socket }: SocketNode, around: Surroundings): vscode.TreeItem {
  const item = new vscode.TreeItem(formatTuple(socket));
  item.id = id;
  item.description = rowDescription(t, socket, around);
  item.iconPath = socketIcon(socket);
  item.contextValue = contextValue(socket);
  item.accessibilityInformation = { label: rowSentence(t, socket), role: 'treeitem' };
  return item;
}

/** Words that the manifest's `viewItem =~` clauses look for. */
function contextValue(socket: SocketNode['socket']): string {
  const words = ['socket', isLocked(socket) ? 'locked' : isListener(socket) ? 'listener' : 'live'];
  if (socket.owners.length > 0) words.push('owned');
  return words.join(' ');
}

const groupIcons: Record<Subject['kind'], string> = {
  process: 'server-process',
  port: 'plug',
  remote: 'globe',
  unnamed: 'question',
  ownerless: 'circle-slash',
  kernel: 'chip',
  listening: 'broadcast',
  unconnected: 'circle-outline',
};

function socketIcon(socket: SocketNode['socket']): vscode.ThemeIcon {
  if (socket.lifeline || socket.kernel) return new vscode.ThemeIcon('lock');
  const [icon, color] = stateIcon(socket);
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

function stateIcon({
  state,
  protocol,
  remote,
}: SocketNode['socket']): readonly [icon: string, color: string] {
  if (protocol === 'udp') return [remote ? 'arrow-swap' : 'radio-tower', 'charts.purple'];
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
