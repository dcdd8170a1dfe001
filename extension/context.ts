/** What every feature is given: the log, the link to agent or observer, and the bags that own what they make. */

import { join } from 'node:path';
import * as vscode from 'vscode';
import { Bag } from './disposables';
import type { CommandId } from './ids';
import { contextKeys } from './ids';
import { Link } from './link';
import { forNotification } from './text';

export class Context implements vscode.Disposable {
  /** Lives as long as the extension; each connection has a bag of its own. */
  readonly bag = new Bag();
  readonly log = this.bag.add(vscode.window.createOutputChannel('Sockscope', { log: true }));
  readonly program: string;
  readonly link: Link;

  constructor(readonly extension: vscode.ExtensionContext) {
    this.program = join(extension.extensionPath, 'dist', 'agent.js');
    this.link = this.bag.add(new Link(this.program, this.log));
    this.bag.add(this.link.onDidChange(() => setContext(contextKeys.mode, this.link.mode)));
  }

  /** What a command fails with is shown; `Cancelled` is not. */
  command<Args extends unknown[]>(id: CommandId, run: (...args: Args) => unknown): void {
    this.bag.add(
      vscode.commands.registerCommand(id, async (...args: Args) => {
        try {
          return await run(...args);
        } catch (error) {
          this.report(id, error);
          return undefined;
        }
      }),
    );
  }

  dispose(): void {
    this.bag.dispose();
  }

  private report(id: CommandId, error: unknown): void {
    if (error instanceof Cancelled || error instanceof vscode.CancellationError) return;
    const message = error instanceof Error ? error.message : String(error);
    this.log.error(`${id}: ${message}`);
    this.toast('error', message);
  }

  /** Not awaited: a notification may stay for as long as it likes. */
  toast(kind: 'info' | 'warning' | 'error', message: string): void {
    const details = vscode.l10n.t('Show Details');
    const show = {
      info: vscode.window.showInformationMessage,
      warning: vscode.window.showWarningMessage,
      error: vscode.window.showErrorMessage,
    }[kind];
    void show(forNotification(message), details).then((choice) => {
      if (choice === details) this.log.show();
    });
  }
}

/** The person said no; nothing is to be said about it. */
export class Cancelled extends Error {}

const known = new Map<string, unknown>();

/** Sends a key of `when` clauses only where it changes. */
export function setContext(key: string, value: string | boolean): void {
  if (known.get(key) === value) return;
  known.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}
