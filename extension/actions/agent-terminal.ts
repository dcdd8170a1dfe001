/** The terminal that starts the agent. It closes when the agent has ended, but not before its user has read why it failed. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { agentScript } from './launch-command';

const t = vscode.l10n.t;

export class AgentTerminal implements vscode.Disposable {
  static #left: vscode.Terminal | undefined;
  readonly terminal: vscode.Terminal;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sockscope-'));
  #ran = false;

  /** `message`: shown before the output. The terminal of an earlier failure is closed. */
  constructor(command: readonly string[], message: string) {
    AgentTerminal.#left?.dispose();
    AgentTerminal.#left = undefined;
    this.terminal = vscode.window.createTerminal({
      name: 'Sockscope agent',
      iconPath: new vscode.ThemeIcon('key'),
      shellPath: '/bin/sh',
      shellArgs: ['-c', agentScript, 'sh', this.#mark, t('Press Enter to close this terminal.'), ...command],
      isTransient: true,
      message,
    });
    void this.terminal.processId.then((pid) => {
      this.#ran = pid !== undefined;
    });
  }

  /** The editor could open it. */
  get ran(): boolean {
    return this.#ran;
  }

  /** The command has failed, and the terminal shows why. */
  get hasFailed(): boolean {
    return existsSync(this.#mark);
  }

  /** Leaves the terminal itself open. */
  dispose(): void {
    if (this.hasFailed) AgentTerminal.#left = this.terminal;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A file that the script makes. */
  get #mark(): string {
    return join(this.#folder, 'failed');
  }
}
