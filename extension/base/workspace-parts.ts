/** What belongs to this window: the processes of its terminals, tasks and debug sessions, and its folders. */

import * as vscode from 'vscode';
import { limits, type Workspace } from '../../agent/protocol';
import { Bag } from './disposables';

/** Milliseconds after which a running task of whose process nothing was told is taken to have none. */
const startMs = 5000;

export class WorkspaceParts implements vscode.Disposable {
  private readonly bag = new Bag();
  private readonly changed = this.bag.add(new vscode.EventEmitter<void>());
  private readonly terminals = new Map<vscode.Terminal, number>();
  private readonly tasks = new Map<vscode.TaskExecution, number>();
  private readonly debuggees = new Map<vscode.DebugSession, number>();
  /** Of whose process was told, or was waited for in vain. */
  private readonly settled = new WeakSet<vscode.TaskExecution>();
  readonly onDidChange = this.changed.event;

  constructor() {
    for (const terminal of vscode.window.terminals) void this.addTerminal(terminal);
    this.bag.add(vscode.window.onDidOpenTerminal((terminal) => void this.addTerminal(terminal)));
    this.bag.add(vscode.window.onDidCloseTerminal((terminal) => this.remove(this.terminals, terminal)));
    this.bag.add(
      vscode.tasks.onDidStartTaskProcess(({ execution, processId }) => {
        this.settled.add(execution);
        this.add(this.tasks, execution, processId);
      }),
    );
    this.bag.add(vscode.tasks.onDidEndTaskProcess(({ execution }) => this.remove(this.tasks, execution)));
    this.bag.add(vscode.debug.onDidTerminateDebugSession((session) => this.remove(this.debuggees, session)));
    this.bag.add(
      vscode.debug.registerDebugAdapterTrackerFactory('*', {
        createDebugAdapterTracker: (session) => ({
          onDidSendMessage: (message) =>
            this.add(this.debuggees, session, processOf(message) ?? processNamed(session)),
        }),
      }),
    );
    this.bag.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire()));
  }

  get current(): Workspace {
    const roots = [this.terminals, this.tasks, this.debuggees].flatMap((pids) => [...pids.values()]);
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
    return this.debuggee(pid) ?? keyOf(this.terminals, pid);
  }

  /** The debug session whose program has that pid. */
  debuggee(pid: number): vscode.DebugSession | undefined {
    return keyOf(this.debuggees, pid);
  }

  /** The task whose process has that pid. */
  task(pid: number): vscode.TaskExecution | undefined {
    return keyOf(this.tasks, pid);
  }

  /**
   * Resolves when the processes of all running tasks are known. The workbench tells of a process by way of the browser, and what
   * it runs may have a port, and somebody who asks about it, before.
   */
  async tasksKnown(): Promise<void> {
    const starting = vscode.tasks.taskExecutions.filter(
      (execution) => hasProcess(execution) && !this.settled.has(execution),
    );
    const known = () => starting.every((execution) => this.settled.has(execution));
    if (!known()) await this.changes(known, startMs);
    for (const execution of starting) this.settled.add(execution);
  }

  /** Resolves when a change makes it so, or after so many milliseconds. */
  private changes(isSo: () => boolean, ms: number): Promise<void> {
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
    this.bag.dispose();
  }

  private async addTerminal(terminal: vscode.Terminal): Promise<void> {
    const pid = await terminal.processId;
    if (terminal.exitStatus === undefined) this.add(this.terminals, terminal, pid);
  }

  private add<Owner>(pids: Map<Owner, number>, owner: Owner, pid: number | undefined): void {
    if (pid === undefined || pid <= 0 || pids.get(owner) === pid) return;
    pids.set(owner, pid);
    this.changed.fire();
  }

  private remove<Owner>(pids: Map<Owner, number>, owner: Owner): void {
    if (pids.delete(owner)) this.changed.fire();
  }
}

/** Other tasks only run those that they depend on, or code of an extension. */
function hasProcess({ task: { execution } }: vscode.TaskExecution): boolean {
  return execution instanceof vscode.ShellExecution || execution instanceof vscode.ProcessExecution;
}

/** The pid in a debug adapter's `process` event; undefined where the message is another, or does not say. */
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
