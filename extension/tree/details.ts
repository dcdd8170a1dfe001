/** The Details view of the socket or process that is selected in the tree. Sends no requests while it is hidden. */

import * as vscode from 'vscode';
import type { RequestType } from 'vscode-languageclient/node';
import { hasPeer, readLiveness } from '../../agent/client/liveness/read-liveness';
import {
  type DestroyedSocket,
  ErrorCode,
  type Subject as GroupSubject,
  hasCode,
  idKey,
  inspectProcess,
  inspectSocket,
  type ProcessId,
  processIdOf,
  processKey,
  type Socket,
  targetOf,
} from '../../agent/protocol';
import { commands, detailsViewId } from '../base/ids';
import type { Context } from '../context';
import {
  type Detail,
  healthSection,
  livenessSection,
  missingSection,
  processSection,
  type Section,
  socketSection,
} from './details-text';
import { FollowedSocket } from './followed-socket';
import { KnownFacts } from './known-facts';
import { processText } from './process-text';
import type { SocketTree } from './socket-tree';
import { processesOf } from './sockets';
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

type ProcessSubject = Extract<GroupSubject, { kind: 'process' }>;
/** What the details are of. */
type Subject = FollowedSocket | ProcessSubject;

type DestroyEvent = vscode.Event<readonly DestroyedSocket[]>;

function processOf(node: Node): ProcessSubject | undefined {
  return node.kind === 'group' && node.group.subject.kind === 'process' ? node.group.subject : undefined;
}

export class DetailsView implements vscode.TreeDataProvider<DetailsNode>, vscode.Disposable {
  readonly #context: Context;
  readonly #tree: SocketTree;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<DetailsNode>;
  #nodes: readonly SectionNode[] = [];
  /** Selected now, or last. */
  #subject: Subject | undefined;
  readonly #facts = new KnownFacts();
  /** The last numbers of the subject. */
  #health: Section | undefined;
  /** Read once for each subject: programs set their timers once. */
  #liveness: Promise<readonly Section[]> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #updates = 0;
  readonly onDidChangeTreeData = this.#changed.event;

  /** `onDidDestroy`: sockets that this window has destroyed. */
  constructor(context: Context, tree: SocketTree, onDidDestroy: DestroyEvent) {
    this.#context = context;
    this.#tree = tree;
    const { disposables } = context;
    this.#view = disposables.add(vscode.window.createTreeView(detailsViewId, { treeDataProvider: this }));
    disposables.add(this.#view.onDidChangeVisibility(() => void this.#update()));
    disposables.add(onDidDestroy((results) => this.#destroyed(results)));
    disposables.add(tree.onDidChangeSelection(([node]) => this.#select(node)));
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
    if (this.#subject?.kind === 'socket') this.#subject.dispose();
    this.#changed.dispose();
  }

  /** A selection that disappears, as when the tree is grouped anew, changes nothing. */
  #select(node: Node | undefined): void {
    if (!node || this.#isSubject(node)) return;
    if (this.#subject?.kind === 'socket') this.#subject.dispose();
    this.#health = undefined;
    this.#liveness = undefined;
    this.#subject =
      node.kind === 'socket'
        ? new FollowedSocket(this.#context.link, node.row, () => void this.#update())
        : processOf(node);
    void this.#update();
  }

  #isSubject(node: Node): boolean {
    const subject = this.#subject;
    if (node.kind === 'socket')
      return subject?.kind === 'socket' && idKey(subject.socket) === idKey(node.row.socket);
    const process = processOf(node);
    return (
      process !== undefined && subject?.kind === 'process' && processKey(subject) === processKey(process)
    );
  }

  #destroyed(results: readonly DestroyedSocket[]): void {
    const subject = this.#subject;
    if (subject?.kind !== 'socket') return;
    const id = idKey(subject.socket);
    if (results.some((one) => one.outcome === 'destroyed' && idKey(one) === id)) subject.destroyed();
  }

  /** Now, and again every two seconds while the view is visible and the subject is there. */
  async #update(): Promise<void> {
    clearTimeout(this.#timer);
    const update = ++this.#updates;
    if (!this.#view.visible) return;
    const sections = this.#subject ? await this.#sectionsOf(this.#subject) : [];
    if (update !== this.#updates) return; // another row was selected meanwhile
    this.#take(sections);
    const isOver = !this.#subject || (this.#subject.kind === 'socket' && this.#subject.end !== null);
    if (!isOver) this.#timer = setTimeout(() => void this.#update(), refreshMs);
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

  async #sectionsOf(subject: Subject): Promise<readonly Section[]> {
    return subject.kind === 'socket' ? this.#sectionsOfSocket(subject) : [await this.#process(subject)];
  }

  async #sectionsOfSocket(followed: FollowedSocket): Promise<readonly Section[]> {
    // Without a connection, what is known is shown with its age.
    await followed.follow().catch(() => {});
    const health = await this.#healthOf(followed);
    const liveness = await this.#livenessOf(followed);
    const { socket, end } = followed;
    const { owners, queuedFor } = socket;
    const processes = processesOf({ owners: owners.length > 0 ? owners : queuedFor });
    return Promise.all([
      socketSection(t, socket, end, this.#tree.live.rowContext),
      health,
      ...liveness,
      ...processes.slice(0, maxProcesses).map((process) => this.#process(process)),
    ]);
  }

  /** Of a closed socket, the last numbers. */
  async #healthOf(followed: FollowedSocket): Promise<Section> {
    const { socket, end } = followed;
    const gone = t('The socket is closed.');
    const missing = (why: string) => missingSection(t, 'health', t('Health'), why);
    if (end) return this.#health ?? missing(gone);
    const detail = await this.#ask(inspectSocket, { target: targetOf(socket) }, gone);
    if (typeof detail === 'string') return this.#health ?? missing(detail);
    const facts = await this.#facts.of(await this.#context.link.connect(), socket);
    const health = healthSection(t, socket, detail, facts, new Date());
    if (followed === this.#subject) this.#health = health;
    return health;
  }

  /** Empty: it is closed, no connection, no longer the subject, or there is no agent to ask. */
  async #livenessOf(followed: FollowedSocket): Promise<readonly Section[]> {
    const { socket, end } = followed;
    if (end || !hasPeer(socket) || this.#context.link.mode !== 'agent') return [];
    if (followed !== this.#subject) return []; // else the next subject would have it
    this.#liveness ??= this.#readLiveness(socket);
    return this.#liveness;
  }

  async #readLiveness(socket: Socket): Promise<readonly Section[]> {
    try {
      const { connections } = await readLiveness(await this.#context.link.connect(), [socket]);
      return connections.map((connection) => livenessSection(t, connection, new Date()));
    } catch {
      return []; // the command says why
    }
  }

  async #process(process: ProcessId & { readonly name: string }): Promise<Section> {
    const detail = await this.#ask(inspectProcess, processIdOf(process), t('The process has ended.'));
    if (typeof detail !== 'string') return processSection(t, detail, Date.now());
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
      if (hasCode(error, ErrorCode.notFound)) return whenGone;
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

export function activate(context: Context, tree: SocketTree, onDidDestroy: DestroyEvent): DetailsView {
  const details = context.disposables.add(new DetailsView(context, tree, onDidDestroy));
  context.command(commands.copyValue, async (node?: DetailsNode) => {
    if (node?.kind !== 'detail') throw new Error(t('There is nothing to copy: select a line of Details.'));
    await vscode.env.clipboard.writeText(node.detail.value);
  });
  return details;
}
