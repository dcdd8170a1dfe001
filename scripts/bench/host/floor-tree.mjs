/** A tree view like ours in the same editor, of rows that cost nothing to make: what is left is VS Code's own work. */

import { EventEmitter, ThemeIcon, TreeItem, TreeItemCollapsibleState, window } from 'vscode';

/** In the manifest: window.mjs. */
export const floorView = 'sockscopeFloor.rows';

/** As many as ours has behind the load, and in the window of a group. */
const groupCount = 55;
const rowCount = 100;

function makeRows(count, collapsible, name, icon) {
  return Array.from({ length: count }, (_, index) => {
    const item = new TreeItem(`${name} ${index}`, collapsible);
    item.id = `${name}/${index}`;
    item.description = '200 connections · pid 12345';
    item.iconPath = new ThemeIcon(icon);
    item.contextValue = 'floor';
    item.accessibilityInformation = { label: `The row ${index} of ${name}, established.`, role: 'treeitem' };
    return item;
  });
}

export class FloorTree {
  #groups = makeRows(groupCount, TreeItemCollapsibleState.Collapsed, 'group', 'server-process');
  #rows = makeRows(rowCount, TreeItemCollapsibleState.None, 'row', 'arrow-swap');
  #view;
  /** How many times VS Code has asked for groups, and for rows. */
  asked = { groups: 0, rows: 0 };
  onDidChangeTreeData = new EventEmitter().event;

  constructor() {
    this.#view = window.createTreeView(floorView, { treeDataProvider: this });
  }

  getTreeItem(item) {
    return item;
  }

  getParent(item) {
    return this.#groups.includes(item) ? undefined : this.#groups[0];
  }

  getChildren(parent) {
    this.asked[parent ? 'rows' : 'groups']++;
    return parent ? this.#rows : this.#groups;
  }

  expand() {
    return this.#view.reveal(this.#groups[0], { select: false, expand: true });
  }
}
