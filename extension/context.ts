/** Shared by all features: the log, the link to agent or observer, and the store of disposables. */

import { join } from 'node:path';
import * as vscode from 'vscode';
import { setTranslate } from '../agent/common/translate';
import { DisposableStore } from './base/disposables';
import { inEditorWords } from './base/editor-words';
import type { CommandId } from './base/ids';
import { contextKeys } from './base/ids';
import type { Copied } from './base/sudo';
import { forNotification } from './base/text';
import { AgentLink } from './connection/agent-link';

export class Context implements vscode.Disposable {
  /** Lives as long as the extension; each connection has a store of its own. */
  readonly disposables = new DisposableStore();
  readonly log = this.disposables.add(vscode.window.createOutputChannel('Sockscope', { log: true }));
  readonly program: string;
  readonly link: AgentLink;

  constructor(readonly extension: vscode.ExtensionContext) {
    const { language } = vscode.env;
    setTranslate(vscode.l10n.t, language === 'en' ? undefined : language);
    this.program = join(extension.extensionPath, 'dist', 'agent.js');
    this.link = this.disposables.add(new AgentLink(this.program, this.log));
    this.disposables.add(this.link.onDidChange(() => setContext(contextKeys.mode, this.link.mode)));
  }

  /**
   * Registers a command. Its errors are shown, except `Cancelled`. `settle`: what the arguments stand for at that moment, once for this
   * run and those by Try Again.
   */
  command<Args extends unknown[]>(
    id: CommandId,
    run: (...args: Args) => unknown,
    settle: (args: Args) => Args = (args) => args,
  ): void {
    this.disposables.add(
      vscode.commands.registerCommand(id, (...given: Args) => {
        const args = settle(given);
        return this.attempt(id, () => run(...args));
      }),
    );
  }

  /** Runs the action of a button or link; errors are shown as those of a command. `name` is for the log. */
  async attempt<Result>(name: string, run: () => Result): Promise<Awaited<Result> | undefined> {
    try {
      return await run();
    } catch (error) {
      this.#report(name, error, () => this.attempt(name, run));
      return undefined;
    }
  }

  dispose(): void {
    this.disposables.dispose();
  }

  #report(name: string, error: unknown, again: () => unknown): void {
    if (error instanceof Cancelled || error instanceof vscode.CancellationError) return;
    const message = error instanceof Error ? error.message : String(error);
    this.log.error(`${name}: ${message}`);
    if (error instanceof NotStarted) this.#reportNotStarted(error, again);
    else void this.toast('error', message);
  }

  /** What was to be done goes on by Try Again, once the agent runs. */
  #reportNotStarted({ message, copied }: NotStarted, again: () => unknown): void {
    const tryAgain = { title: vscode.l10n.t('Try Again'), run: again };
    if (copied === null) {
      void this.toast('warning', message, [tryAgain, this.logOffer]);
      return;
    }
    const copy = async () => {
      await vscode.env.clipboard.writeText(copied.text);
      void this.toast('info', copied.notice, [tryAgain]);
    };
    const offers = [{ title: copied.title, run: copy }, tryAgain];
    void this.toast('warning', message, copied.isSecond ? offers.reverse() : offers);
  }

  /**
   * Resolves when the notification is closed and the chosen action is done, with true if one was chosen. Mostly not
   * awaited: a notification may stay open for hours.
   */
  async toast(
    kind: 'info' | 'warning' | 'error',
    message: string,
    offers: readonly Offer[] = [this.logOffer],
  ): Promise<boolean> {
    const show = {
      info: vscode.window.showInformationMessage,
      warning: vscode.window.showWarningMessage,
      error: vscode.window.showErrorMessage,
    }[kind];
    const choice = await show(
      forNotification(inEditorWords(vscode.l10n.t, message)),
      ...offers.map(({ title }) => title),
    );
    const offer = offers.find(({ title }) => title === choice);
    if (offer) await this.attempt(offer.title, offer.run);
    return offer !== undefined;
  }

  get logOffer(): Offer {
    return { title: vscode.l10n.t('Show Log'), run: () => this.log.show() };
  }
}

/** A button of a notification. */
export interface Offer {
  readonly title: string;
  readonly run: () => unknown;
}

/** The user cancelled: no error is shown. */
export class Cancelled extends Error {}

/** The agent was not started, mostly since the user changed his mind at sudo: a warning, which offers to try again. */
export class NotStarted extends Error {
  /** `copied`: starts it elsewhere, where this editor cannot. */
  constructor(
    message: string,
    readonly copied: Copied | null = null,
  ) {
    super(message);
  }
}

const contextValues = new Map<string, unknown>();

/** Sends a key of `when` clauses only where it changes. */
export function setContext(key: string, value: string | boolean): void {
  if (contextValues.get(key) === value) return;
  contextValues.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}
