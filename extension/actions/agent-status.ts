/** The status bar item of a running agent, whoever started it; a click shows its details, and stops it. */

import * as vscode from 'vscode';
import { connectTo, findAgentSocket } from '../../agent/client/endpoint';
import { servedUid } from '../../agent/client/served-uid';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { type AgentStatus, agentStatus } from '../../agent/protocol';
import { informModal } from '../base/ask-modal';
import { commands } from '../base/ids';
import { AgentFolder } from '../connection/agent-folder';
import { askStatus } from '../connection/ask-status';
import { Cancelled, type Context } from '../context';
import { agentDetails, agentTooltip } from './agent-text';
import { type Launcher, restartTitle } from './launch';

const t = vscode.l10n.t;

/** An agent, and when it started. */
interface RunningAgent {
  readonly status: AgentStatus;
  readonly since: Date;
}

export class AgentItem implements vscode.Disposable {
  readonly #context: Context;
  readonly #item = vscode.window.createStatusBarItem('agent', vscode.StatusBarAlignment.Left, 11);
  readonly #folder = new AgentFolder(agentSocketPath(servedUid()), () => void this.#check(true));
  #running: RunningAgent | undefined;
  #checks = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#item.name = t('Sockscope: Agent');
    this.#item.command = commands.agentStatus;
    this.#item.text = `$(key) ${t('Sockscope agent')}`;
    context.disposables.add(context.link.onDidChange(() => void this.#check(false)));
    void this.#check(true);
  }

  /** Text of the item; empty: it is hidden. */
  get text(): string {
    return this.#running || this.#context.link.skewed ? this.#item.text : '';
  }

  dispose(): void {
    this.#folder.dispose();
    this.#item.dispose();
  }

  /** Of the agent that runs; undefined where none does, or one that is not used. */
  async read(): Promise<RunningAgent | undefined> {
    const { link } = this.#context;
    const status = link.held || link.mode === 'agent' ? await this.#readByLink() : await this.#ask();
    return status && { status, since: new Date(Date.now() - 1000 * status.uptime) };
  }

  async #readByLink(): Promise<AgentStatus | undefined> {
    const held = this.#context.link.hold();
    try {
      const agent = await this.#context.link.agent();
      return await agent?.request(agentStatus, {});
    } finally {
      held.dispose();
    }
  }

  /** By the link also where an agent is not used, since it says why, and where outages are to be shown while they run. */
  async #ask(): Promise<AgentStatus | undefined> {
    const answer = await askStatus().catch(() => null);
    if (answer === null || answer?.hasOutages) return this.#readByLink();
    return answer?.status;
  }

  /** `connects`: also to an agent that is not used now. After the end of a connection it must not: the agent could never be idle. */
  async #check(connects: boolean): Promise<void> {
    const check = ++this.#checks;
    const running = await this.#find(connects).catch(() => undefined);
    if (check !== this.#checks) return;
    this.#running = running;
    const { skewed } = this.#context.link;
    this.#item.tooltip = running ? agentTooltip(t, running.status, running.since) : (skewed?.text ?? '');
    this.#item.accessibilityInformation = { label: this.#item.tooltip, role: 'button' };
    if (this.text === '') this.#item.hide();
    else this.#item.show();
  }

  async #find(connects: boolean): Promise<RunningAgent | undefined> {
    const { link } = this.#context;
    if (link.mode === 'agent') {
      const isKnown = this.#running?.status.pid === link.info?.pid;
      return isKnown ? this.#running : this.read();
    }
    if (connects) return this.read();
    return this.#running && (await answers()) ? this.#running : undefined;
  }
}

/** Whether an agent listens at its path. */
async function answers(): Promise<boolean> {
  const found = findAgentSocket(servedUid());
  const socket = found.kind === 'ready' ? await connectTo(found.path) : null;
  socket?.destroy();
  return socket !== null;
}

export function activate(context: Context, launcher: Launcher): AgentItem {
  const item = context.disposables.add(new AgentItem(context));
  context.command(commands.agentStatus, async () => {
    const running = await item.read();
    const act = await askAct(context, running !== undefined);
    switch (act) {
      case 'details':
        if (running) await showDetails(running);
        return;
      case 'log':
        return context.log.show();
      case 'stop':
        return vscode.commands.executeCommand(commands.stopAgent);
      case 'start':
        return void (await launcher.start());
    }
  });
  return item;
}

type Act = 'details' | 'log' | 'stop' | 'start';

async function askAct({ link: { skewed } }: Context, runs: boolean): Promise<Act> {
  const items: (vscode.QuickPickItem & { readonly act: Act })[] = [
    ...(runs ? [{ act: 'details' as const, label: `$(info) ${t('Details')}` }] : []),
    ...(runs || skewed ? [{ act: 'stop' as const, label: `$(stop-circle) ${t('Stop Agent')}` }] : []),
    ...(runs
      ? []
      : [{ act: 'start' as const, label: `$(key) ${skewed ? restartTitle() : t('Start Agent')}` }]),
    { act: 'log', label: `$(output) ${t('Show Log')}` },
  ];
  const title = runs ? t('Sockscope agent') : (skewed?.text ?? t('No agent of yours is running.'));
  const picked = await vscode.window.showQuickPick(items, { title });
  if (!picked) throw new Cancelled();
  return picked.act;
}

async function showDetails({ status, since }: RunningAgent): Promise<void> {
  const detail = agentDetails(t, status, since).join('\n');
  await informModal({ message: t('Sockscope agent'), detail });
}
