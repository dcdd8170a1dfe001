/** Has the agent keep a history while the panel is open, or the setting asks for it. */

import * as vscode from 'vscode';
import { historyChanged, keepHistory, releaseHistory } from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import type { Connection } from '../connection/connection';
import type { Context } from '../context';

export class HistoryKeeper implements vscode.Disposable {
  readonly #context: Context;
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly #wanted = new Set<object>();
  #kept: Connection | undefined;
  /** What the agent said instead. */
  #failure: string | null = null;
  #hold: vscode.Disposable | undefined;
  #notified: vscode.Disposable | undefined;
  #last: Promise<void> = Promise.resolve();
  /** It is kept, or no more, or there is more. */
  readonly onDidChange = this.#changed.event;

  constructor(context: Context) {
    this.#context = context;
    this.#disposables.add(context.link.onDidChange(() => this.#sync()));
  }

  /** The agent that keeps it; undefined: none does. */
  get agent(): Connection | undefined {
    return this.#kept?.open ? this.#kept : undefined;
  }

  get failure(): string | null {
    return this.#failure;
  }

  /** Until disposed. Starts no agent. */
  keep(): vscode.Disposable {
    const wish = {};
    this.#wanted.add(wish);
    this.#sync();
    return {
      dispose: () => {
        if (this.#wanted.delete(wish)) this.#sync();
      },
    };
  }

  dispose(): void {
    this.#wanted.clear();
    this.#release();
    this.#disposables.dispose();
  }

  /** One after the other. */
  #sync(): void {
    this.#last = this.#last
      .then(() => (this.#wanted.size > 0 ? this.#begin() : this.#end()))
      .catch((error) => this.#context.log.warn(`history: ${String(error)}`));
  }

  async #begin(): Promise<void> {
    const agent = await this.#context.link.agent();
    if (agent && agent === this.#kept && agent.open) return;
    this.#release();
    this.#failure = null;
    if (agent?.open) await this.#keepWith(agent);
    this.#changed.fire();
  }

  async #keepWith(agent: Connection): Promise<void> {
    try {
      await agent.request(keepHistory, {});
      this.#notified = agent.onNotification(historyChanged, () => this.#changed.fire());
      this.#hold = this.#context.link.hold();
      this.#kept = agent;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }

  async #end(): Promise<void> {
    const agent = this.agent;
    this.#release();
    await agent?.request(releaseHistory, {});
  }

  #release(): void {
    this.#notified?.dispose();
    this.#hold?.dispose();
    this.#kept = undefined;
  }
}
