/** The Details view of the socket or process that is selected in the tree. Sends no requests while it is hidden. */

import * as vscode from 'vscode';
import type { RequestType } from 'vscode-languageclient/node';
import {
  ErrorCode,
  inspectProcess,
  inspectSocket,
  type ProcessId,
  processIdOf,
  processKey,
  type Row,
  targetOf,
} from '../../agent/protocol';
import { commands, detailsViewId } from '../base/ids';
import type { Context } from '../context';
import {
  type Detail,
  healthSection,
  missingSection,
  processSection,
  type Section,
  socketSection,
} from './details-text';
import { processText } from './socket-text';
import type { SocketTree } from './socket-tree';
import { hasEnded, processesOf } from './sockets';
import type { Node } from './view-window';

const t = vscode.l10n.t;

const refreshMs = 2000;
/** Processes of one socket that get a section each. */
const maxProcesses = 5;

interface SectionNode {
  readonly kind: 'section';
  section: Section;
}

interface DetailNode {
  readonly kind: 'detail';
  readonly parent: SectionNode;
  readonly detail: Detail;
}

type DetailsNode = SectionNode | DetailNode;

export class DetailsView implements vscode.TreeDataProvider<DetailsNode>, vscode.Disposable {
  readonly #context: Context;
  readonly #tree: SocketTree;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<DetailsNode>;
  #nodes: readonly SectionNode[] = [];
  /** Selected now, or last: the selection disappears together with its row. */
  #subject: Node | undefined;
  #isSelected = false;
  #timer: NodeJS.Timeout | undefined;
  #updates = 0;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(context: Context, tree: SocketTree) {
    this.#context = context;
    this.#tree = tree;
    const { disposables } = context;
    this.#view = disposables.add(vscode.window.createTreeView(detailsViewId, { treeDataProvider: this }));
    disposables.add(this.#view.onDidChangeVisibility(() => void this.#update()));
    disposables.add(tree.onDidChangeSelection(({ selection: [node] }) => this.#select(node)));
  }

  /** Sections that are shown. */
  get sections(): readonly Section[] {
    return this.#nodes.map(({ section }) => section);
  }

  getTreeItem(node: DetailsNode): vscode.TreeItem {
    return node.kind === 'section' ? sectionItem(node) : detailItem(node);
  }

  getChildren(node?: DetailsNode): DetailsNode[] {
    if (!node) return [...this.#nodes];
    if (node.kind === 'detail') return [];
    return node.section.details.map((detail) => ({ kind: 'detail', parent: node, detail }));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }

  #select(node: Node | undefined): void {
    this.#isSelected = node !== undefined;
    this.#subject = node ?? this.#subject;
    void this.#update();
  }

  /** Now, and again every two seconds while a row is selected and the view is visible. */
  async #update(): Promise<void> {
    clearTimeout(this.#timer);
    const update = ++this.#updates;
    if (!this.#view.visible || !this.#subject) return;
    const sections = await this.#sectionsOf(this.#subject);
    if (update !== this.#updates) return; // another row was selected meanwhile
    this.#take(sections);
    if (this.#isSelected) this.#timer = setTimeout(() => void this.#update(), refreshMs);
  }

  #take(sections: readonly Section[]): void {
    if (JSON.stringify(sections) === JSON.stringify(this.sections)) return;
    const known = new Map(this.#nodes.map((node) => [node.section.id, node]));
    this.#nodes = sections.map((section) => {
      const node = known.get(section.id) ?? { kind: 'section', section };
      node.section = section;
      return node;
    });
    this.#changed.fire(undefined);
  }

  async #sectionsOf(node: Node): Promise<readonly Section[]> {
    if (node.kind === 'socket') return this.#sectionsOfRow(node.row);
    if (node.kind === 'more' || node.group.subject.kind !== 'process') return [];
    return [await this.#process(node.group.subject)];
  }

  async #sectionsOfRow(row: Row): Promise<readonly Section[]> {
    const { owners, queuedFor } = row.socket;
    const processes = processesOf({ owners: owners.length > 0 ? owners : queuedFor });
    return Promise.all([
      socketSection(t, row, this.#tree.live.rowContext),
      this.#health(row),
      ...processes.slice(0, maxProcesses).map((process) => this.#process(process)),
    ]);
  }

  async #health(row: Row): Promise<Section> {
    const missing = (why: string) => missingSection(t, 'health', t('Health'), why);
    if (hasEnded(row)) return missing(t('The socket is gone.'));
    const detail = await this.#ask(inspectSocket, { target: targetOf(row.socket) }, t('The socket is gone.'));
    return typeof detail === 'string' ? missing(detail) : healthSection(t, row, detail);
  }

  async #process(process: ProcessId & { readonly name: string }): Promise<Section> {
    const detail = await this.#ask(inspectProcess, processIdOf(process), t('The process has ended.'));
    if (typeof detail !== 'string') return processSection(t, detail);
    const label = t('Process {0}', processText(process));
    return missingSection(t, `process ${processKey(process)}`, label, detail);
  }

  /** The answer, or the reason for a failure as text. */
  async #ask<Params, Result>(
    type: RequestType<Params, Result, void>,
    params: Params,
    whenGone: string,
  ): Promise<Result | string> {
    try {
      return await (await this.#context.link.connect()).request(type, params);
    } catch (error) {
      if ((error as { code?: unknown }).code === ErrorCode.notFound) return whenGone;
      return error instanceof Error ? error.message : String(error);
    }
  }
}

function sectionItem({ section }: SectionNode): vscode.TreeItem {
  const item = new vscode.TreeItem(section.label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = section.id;
  item.contextValue = 'section';
  return item;
}

function detailItem({ parent, detail: { name, value } }: DetailNode): vscode.TreeItem {
  const item = new vscode.TreeItem(name);
  item.id = `${parent.section.id}/${name}`;
  item.description = value;
  item.tooltip = value;
  item.contextValue = 'detail';
  item.accessibilityInformation = { label: `${name}: ${value}`, role: 'treeitem' };
  return item;
}

export function activate(context: Context, tree: SocketTree): DetailsView {
  const details = context.disposables.add(new DetailsView(context, tree));
  context.command(commands.copyValue, async (node?: DetailsNode) => {
    if (node?.kind !== 'detail') throw new Error(t('There is nothing to copy: select a line of Details.'));
    await vscode.env.clipboard.writeText(node.detail.value);
  });
  return details;
}
