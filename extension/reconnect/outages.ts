/** Running outages and degrades in the status bar, and Stop Outage; also outages that other clients started. */

import * as vscode from 'vscode';
import { degradeStarted, listOutages, type Outage, outagesChanged, stopOutage } from '../../agent/protocol';
import { commands } from '../base/ids';
import { forNotification, forQuickPick } from '../base/text';
import type { Connection } from '../connection/connection';
import { Cancelled, type Context } from '../context';
import { cutShortText, lostText, outageName, outagesTooltip, statusText, stoppedText } from './fault-text';
import type { Unfinished } from './unfinished';

const t = vscode.l10n.t;

/** Interval of requests for the counts of running outages. */
const pollMs = 1000;

export class Outages implements vscode.Disposable {
  readonly #context: Context;
  readonly #item = vscode.window.createStatusBarItem('outages', vscode.StatusBarAlignment.Left, 10);
  readonly #unfinished: Unfinished;
  /** Of those that this window has started, by id. */
  readonly #own = new Map<number, vscode.Disposable>();
  #running: readonly Outage[] = [];
  #agent: Connection | undefined;
  /** Held while outages run: they end with their connection. */
  #hold: vscode.Disposable | undefined;
  #polling: NodeJS.Timeout | undefined;

  constructor(context: Context, unfinished: Unfinished) {
    this.#context = context;
    this.#unfinished = unfinished;
    this.#item.name = t('Sockscope: Outages');
    this.#item.command = commands.stopOutage;
    this.#item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    context.disposables.add(context.link.onDidChange(() => void this.#linkChanged()));
    context.disposables.add(this.#item);
  }

  /** Text of the status bar item; empty: no outage runs. */
  get text(): string {
    return this.#running.length === 0 ? '' : this.#item.text;
  }

  /** This window has started it. */
  add(outage: Outage): void {
    if (outage.detached) return;
    this.#own.set(outage.id, this.#unfinished.add(cutShortText(t, outage), Date.parse(outage.endsAt)));
  }

  /** Stops the only outage, or the chosen one; resolves with its final counts. */
  async stop(): Promise<Outage | undefined> {
    const agent = await this.#context.link.agent();
    const outages = agent ? (await agent.request(listOutages, {})).outages : [];
    const [only, another] = outages;
    if (!agent || !only) {
      void vscode.window.showInformationMessage(t('Nothing is held down.'));
      return undefined;
    }
    const { id } = another ? await pick(outages) : only;
    const { outage } = await agent.request(stopOutage, { id });
    void vscode.window.showInformationMessage(forNotification(stoppedText(t, outage)));
    return outage;
  }

  dispose(): void {
    this.#take([]);
  }

  async #linkChanged(): Promise<void> {
    const agent = this.#context.link.mode === 'agent' ? await this.#context.link.agent() : undefined;
    if (agent === this.#agent) return;
    this.#agent = agent;
    if (!agent) return this.#lost();
    agent.onNotification(degradeStarted, ({ outage }) => this.add(outage));
    agent.onNotification(outagesChanged, ({ outages }) => this.#agent === agent && this.#take(outages));
    await this.#count();
  }

  /** Those that were to go on for longer ended with the agent. */
  #lost(): void {
    const cut = this.#running.filter(({ endsAt }) => Date.parse(endsAt) > Date.now());
    this.#take([]);
    if (cut.length > 0) void this.#context.toast('warning', lostText(t, cut));
  }

  /** Requests the current counts; a failure is logged, and the next poll tries again. */
  async #count(): Promise<void> {
    const agent = this.#agent;
    try {
      const answer = await agent?.request(listOutages, {});
      if (answer && this.#agent === agent) this.#take(answer.outages);
    } catch (error) {
      this.#context.log.debug(`outages: ${String(error)}`);
    }
  }

  #take(outages: readonly Outage[]): void {
    this.#running = outages;
    for (const [id, entry] of this.#own)
      if (!outages.some((outage) => outage.id === id)) {
        entry.dispose();
        this.#own.delete(id);
      }
    if (outages.length === 0) {
      clearInterval(this.#polling);
      this.#polling = undefined;
      this.#hold?.dispose();
      this.#hold = undefined;
      this.#item.hide();
      return;
    }
    this.#hold ??= this.#context.link.hold();
    this.#polling ??= setInterval(() => void this.#count(), pollMs);
    this.#draw();
  }

  #draw(): void {
    const text = statusText(t, this.#running, Date.now());
    this.#item.text = `$(debug-disconnect) ${text}`;
    this.#item.tooltip = outagesTooltip(t, this.#running);
    this.#item.accessibilityInformation = { label: t('Outage: {0}. Stop it.', text), role: 'button' };
    this.#item.show();
  }
}

async function pick(outages: readonly Outage[]): Promise<Outage> {
  const items = outages.map((outage) => ({ label: forQuickPick(outageName(t, outage)), outage }));
  const choice = await vscode.window.showQuickPick(items, { title: t('Stop Which Outage?') });
  if (!choice) throw new Cancelled();
  return choice.outage;
}

export function activate(context: Context, unfinished: Unfinished): Outages {
  const outages = context.disposables.add(new Outages(context, unfinished));
  context.command(commands.stopOutage, () => outages.stop());
  return outages;
}
