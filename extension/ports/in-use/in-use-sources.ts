/**
 * Output in which programs report a taken port: terminals, also those of tasks, and debug consoles. Terminals are read where
 * shell integration reports commands; elsewhere their lines get links. The workbench loses the output of a command that ends
 * within about two milliseconds, which is less than servers take to start.
 */

import * as vscode from 'vscode';
import type { DisposableStore } from '../../base/disposables';
import { rootOf } from '../window-supervisors';
import { showsOldText } from './in-use-command';
import { InUseReader } from './in-use-reader';
import { complaintIn, type PortInUse } from './in-use-text';
import { commandRerun, debugRerun, type Rerun, taskRerun } from './rerun';

const t = vscode.l10n.t;

/** The terminal, task or debug session that reported a taken port. */
export interface Origin {
  /** Null: it cannot be run again. */
  rerun(): Promise<Rerun | null>;
}

export type Notice = (port: PortInUse, origin: Origin) => void;

/** A message is complete after this time without output. */
const pauseMs = 500;
/** Tasks that are remembered after their end. */
const maxTasks = 50;

interface PortLink extends vscode.TerminalLink {
  readonly port: PortInUse;
  readonly terminal: vscode.Terminal;
}

/** `choose` is called for a click on a link. */
export function readTerminals(disposables: DisposableStore, notice: Notice, choose: Notice): void {
  const tasks = new StartedTasks(disposables);
  const latest = new WeakMap<vscode.Terminal, vscode.TerminalShellExecution>();
  const origin = (terminal: vscode.Terminal): Origin => ({
    rerun: () => rerunIn(terminal, latest.get(terminal), tasks),
  });
  disposables.add(
    vscode.window.onDidStartTerminalShellExecution(({ terminal, execution }) => {
      latest.set(terminal, execution);
      void readCommand(execution, (port) => notice(port, origin(terminal)));
    }),
  );
  const links: vscode.TerminalLinkProvider<PortLink> = {
    provideTerminalLinks: ({ line, terminal }) => linksIn(line, terminal),
    handleTerminalLink: ({ port, terminal }) => choose(port, origin(terminal)),
  };
  disposables.add(vscode.window.registerTerminalLinkProvider(links));
}

/** Tasks by the pid of their process, which is that of their terminal. */
class StartedTasks {
  readonly #byPid = new Map<number, vscode.Task>();

  constructor(disposables: DisposableStore) {
    disposables.add(
      vscode.tasks.onDidStartTaskProcess(({ execution, processId }) => {
        this.#byPid.delete(processId);
        this.#byPid.set(processId, execution.task);
        const [oldest] = this.#byPid.keys();
        if (this.#byPid.size > maxTasks && oldest !== undefined) this.#byPid.delete(oldest);
      }),
    );
  }

  async in(terminal: vscode.Terminal): Promise<vscode.Task | undefined> {
    const pid = await terminal.processId;
    return pid === undefined ? undefined : this.#byPid.get(pid);
  }
}

/** Commands of a debugger in a terminal: run again, they would connect to a debugger that is gone. */
const isDebuggers = /\bVSCODE_INSPECTOR_OPTIONS=|\bdebugpy\b/;

async function rerunIn(
  terminal: vscode.Terminal,
  execution: vscode.TerminalShellExecution | undefined,
  tasks: StartedTasks,
): Promise<Rerun | null> {
  const task = await tasks.in(terminal);
  if (task) return taskRerun(task);
  const command = execution?.commandLine.value.trim() ?? '';
  return execution && command !== '' && !isDebuggers.test(command) ? commandRerun(terminal, execution) : null;
}

async function readCommand(
  execution: vscode.TerminalShellExecution,
  found: (port: PortInUse) => void,
): Promise<void> {
  if (showsOldText(execution.commandLine.value)) return;
  const reader = new PausingReader(execution.commandLine.value, found);
  for await (const piece of execution.read()) reader.read(piece);
  reader.end();
}

function linksIn(line: string, terminal: vscode.Terminal): PortLink[] {
  const complaint = complaintIn(line);
  if (complaint?.kind !== 'port') return [];
  const { port, protocol, start, length } = complaint.port;
  const tooltip = t('Who has port {0}? Free it or see why it is busy', String(port));
  return [{ startIndex: start, length, tooltip, port: { port, protocol }, terminal }];
}

/** Also for sessions whose program runs in a task or terminal, where the debugger reports its output. */
export function readDebugConsoles(disposables: DisposableStore, notice: Notice): void {
  disposables.add(
    vscode.debug.registerDebugAdapterTrackerFactory('*', {
      createDebugAdapterTracker: (session) => {
        const root = rootOf(session);
        const origin: Origin = { rerun: async () => debugRerun(root) };
        const reader = new PausingReader(commandOf(session), (port) => notice(port, origin));
        return {
          onDidSendMessage: (message) => reader.read(outputOf(message)),
          onWillStopSession: () => reader.end(),
        };
      },
    }),
  );
}

/** The command line, as far as the configuration has it. */
function commandOf({ configuration: { program, args } }: vscode.DebugSession): string {
  const words = [program, ...(Array.isArray(args) ? args : [args])];
  return words.filter((word) => typeof word === 'string').join(' ');
}

/** The text of a debug adapter's `output` event; empty for other messages. */
function outputOf(message: unknown): string {
  const { event, body } = message as { event?: unknown; body?: { category?: unknown; output?: unknown } };
  if (event !== 'output' || body?.category === 'telemetry') return '';
  return typeof body?.output === 'string' ? body.output : '';
}

/** An InUseReader that is paused when no output comes for a while. */
class PausingReader {
  readonly #found: (port: PortInUse) => void;
  readonly #reader: InUseReader;
  #timer: NodeJS.Timeout | undefined;

  constructor(command: string, found: (port: PortInUse) => void) {
    this.#found = found;
    this.#reader = new InUseReader(command);
  }

  read(piece: string): void {
    if (piece === '') return;
    this.#report(this.#reader.read(piece));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), pauseMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#report(this.#reader.pause());
  }

  #report(ports: readonly PortInUse[]): void {
    for (const port of ports) this.#found(port);
  }
}
