/** Running outages in the status bar, whoever started them, and how they are stopped. */

import * as vscode from 'vscode';
import { listOutages, type Outage, outagesChanged, stopOutage } from '../../agent/protocol';
import { commands } from '../base/ids';
import { forNotification, forQuickPick } from '../base/text';
import type { Connection } from '../connection/connection';
import { Cancelled, type Context } from '../context';
import { outageName, outagesTooltip, statusText, stoppedText } from './fault-text';

const t = vscode.l10n.t;

/** Milliseconds between two looks at what the outages have done; only while some run. */
const pollMs = 1000;

export class Outages implements vscode.Disposable {
  readonly #context: Context;
  readonly #item = vscode.window.createStatusBarItem('outages', vscode.StatusBarAlignment.Left, 10);
  #running: readonly Outage[] = [];
  #agent: Connection | undefined;
  /** While outages run: they end with their connection. */
  #held: vscode.Disposable | undefined;
  #counting: NodeJS.Timeout | undefined;

  constructor(context: Context) {
    this.#context = context;
    this.#item.name = t('Sockscope: Outages');
    this.#item.command = commands.stopOutage;
    this.#item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    context.disposables.add(context.link.onDidChange(() => void this.#partnerChanged()));
    context.disposables.add(this.#item);
  }

  /** What the status bar says; empty: nothing is held down. */
  get text(): string {
    return this.#running.length === 0 ? '' : this.#item.text;
  }

  /** Ends the one, or the one that is chosen; resolves with what it has done. */
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

  async #partnerChanged(): Promise<void> {
    const agent = this.#context.link.mode === 'agent' ? await this.#context.link.agent() : undefined;
    if (agent === this.#agent) return;
    this.#agent = agent;
    if (!agent) return this.#take([]);
    agent.onNotification(outagesChanged, ({ outages }) => this.#agent === agent && this.#take(outages));
    await this.#count();
  }

  /** Asks what they have done by now; what goes wrong is seen at the next change. */
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
    if (outages.length === 0) {
      clearInterval(this.#counting);
      this.#counting = undefined;
      this.#held?.dispose();
      this.#held = undefined;
      this.#item.hide();
      return;
    }
    this.#held ??= this.#context.link.hold();
    this.#counting ??= setInterval(() => void this.#count(), pollMs);
    this.#draw();
  }

  #draw(): void {
    const said = statusText(t, this.#running, Date.now());
    this.#item.text = `$(debug-disconnect) ${said}`;
    this.#item.tooltip = outagesTooltip(t, this.#running);
    this.#item.accessibilityInformation = { label: t('Outage: {0}. Stop it.', said), role: 'button' };
    this.#item.show();
  }
}

async function pick(outages: readonly Outage[]): Promise<Outage> {
  const items = outages.map((outage) => ({ label: forQuickPick(outageName(t, outage)), outage }));
  const choice = await vscode.window.showQuickPick(items, { title: t('Stop Which Outage?') });
  if (!choice) throw new Cancelled();
  return choice.outage;
}

export function activate(context: Context): Outages {
  const outages = context.disposables.add(new Outages(context));
  context.command(commands.stopOutage, () => outages.stop());
  return outages;
}
