/** The processes of this window's terminals, tasks and debug sessions, and its folders. */

import * as vscode from 'vscode';
import { limits, type Workspace } from '../../agent/protocol';
import { DisposableStore } from './disposables';
import { plain } from './text';

/** A running task without a process after this time counts as one that has none. */
const startMs = 5000;

export class WorkspaceParts implements vscode.Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly #terminals = new Map<vscode.Terminal, number>();
  readonly #tasks = new Map<vscode.TaskExecution, number>();
  readonly #debuggees = new Map<vscode.DebugSession, number>();
  /** Tasks whose process is known, or did not appear in time. */
  readonly #settled = new WeakSet<vscode.TaskExecution>();
  readonly onDidChange = this.#changed.event;

  constructor() {
    for (const terminal of vscode.window.terminals) void this.#addTerminal(terminal);
    this.#disposables.add(vscode.window.onDidOpenTerminal((terminal) => void this.#addTerminal(terminal)));
    this.#disposables.add(
      vscode.window.onDidCloseTerminal((terminal) => this.#remove(this.#terminals, terminal)),
    );
    this.#disposables.add(
      vscode.tasks.onDidStartTaskProcess(({ execution, processId }) => {
        this.#settled.add(execution);
        this.#add(this.#tasks, execution, processId);
      }),
    );
    this.#disposables.add(
      vscode.tasks.onDidEndTaskProcess(({ execution }) => this.#remove(this.#tasks, execution)),
    );
    this.#disposables.add(
      vscode.debug.onDidTerminateDebugSession((session) => this.#remove(this.#debuggees, session)),
    );
    this.#disposables.add(
      vscode.debug.registerDebugAdapterTrackerFactory('*', {
        createDebugAdapterTracker: (session) => ({
          onDidSendMessage: (message) =>
            this.#add(this.#debuggees, session, processOf(message) ?? processNamed(session)),
        }),
      }),
    );
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire()));
  }

  get current(): Workspace {
    const roots = [this.#terminals, this.#tasks, this.#debuggees].flatMap((pids) => [...pids.values()]);
    return {
      roots: [...new Set(roots)].slice(0, limits.roots),
      folders: this.folders.slice(0, limits.folders),
    };
  }

  get folders(): readonly string[] {
    return (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath);
  }

  /** The terminal whose shell, or the debug session whose program, has that pid. */
  owner(pid: number): vscode.Terminal | vscode.DebugSession | undefined {
    return this.debuggee(pid) ?? keyOf(this.#terminals, pid);
  }

  /** Where the nearest of these processes runs: `terminal zsh`, `task dev`, `debug session Launch`; empty: not in this window. */
  placeOf(pids: readonly number[]): string {
    for (const pid of pids) {
      const session = this.debuggee(pid);
      if (session) return vscode.l10n.t('debug session {0}', plain(session.name, 80));
      const task = this.task(pid)?.task;
      if (task) return vscode.l10n.t('task {0}', plain(task.name, 80));
      const terminal = keyOf(this.#terminals, pid);
      if (terminal) return vscode.l10n.t('terminal {0}', plain(terminal.name, 80));
    }
    return '';
  }

  /** The debug session whose program has that pid. */
  debuggee(pid: number): vscode.DebugSession | undefined {
    return keyOf(this.#debuggees, pid);
  }

  /** The task whose process has that pid. */
  task(pid: number): vscode.TaskExecution | undefined {
    return keyOf(this.#tasks, pid);
  }

  /**
   * Resolves when the processes of all running tasks are known. The workbench reports a process by way of the browser; its server
   * may listen, and its port be asked about, before.
   */
  async tasksKnown(): Promise<void> {
    const starting = vscode.tasks.taskExecutions.filter(
      (execution) => hasProcess(execution) && !this.#settled.has(execution),
    );
    const known = () => starting.every((execution) => this.#settled.has(execution));
    if (!known()) await this.#changes(known, startMs);
    for (const execution of starting) this.#settled.add(execution);
  }

  /** Resolves when a change makes it so, or after so many milliseconds. */
  #changes(isSo: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        listener.dispose();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const listener = this.onDidChange(() => isSo() && done());
    });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #addTerminal(terminal: vscode.Terminal): Promise<void> {
    const pid = await terminal.processId;
    if (terminal.exitStatus === undefined) this.#add(this.#terminals, terminal, pid);
  }

  #add<Owner>(pids: Map<Owner, number>, owner: Owner, pid: number | undefined): void {
    if (pid === undefined || pid <= 0 || pids.get(owner) === pid) return;
    pids.set(owner, pid);
    this.#changed.fire();
  }

  #remove<Owner>(pids: Map<Owner, number>, owner: Owner): void {
    if (pids.delete(owner)) this.#changed.fire();
  }
}

/** Other tasks only run those that they depend on, or code of an extension. */
function hasProcess({ task: { execution } }: vscode.TaskExecution): boolean {
  return execution instanceof vscode.ShellExecution || execution instanceof vscode.ProcessExecution;
}

/** The pid in a debug adapter's `process` event; undefined for other messages, or where it is missing. */
function processOf(message: unknown): number | undefined {
  const { event, body } = message as { event?: unknown; body?: { systemProcessId?: unknown } };
  const pid = event === 'process' ? body?.systemProcessId : undefined;
  return typeof pid === 'number' && Number.isSafeInteger(pid) ? pid : undefined;
}

/** The JavaScript debugger sends no such event, but names its sessions after their process: `server.js [42] « Launch`. */
function processNamed({ type, name }: vscode.DebugSession): number | undefined {
  const pid = type.startsWith('pwa-') ? / \[(\d{1,10})\]/.exec(name)?.[1] : undefined;
  return pid === undefined ? undefined : Number(pid);
}

function keyOf<Owner>(pids: ReadonlyMap<Owner, number>, wanted: number): Owner | undefined {
  for (const [owner, pid] of pids) if (pid === wanted) return owner;
  return undefined;
}
