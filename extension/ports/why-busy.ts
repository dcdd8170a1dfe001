/** Why Is This Port Busy: every holder with its reason, what binds say, and what can be done from here. */

import * as vscode from 'vscode';
import { explainAsUser } from '../../agent/client/ports/explain-port';
import type { PortAnswer } from '../../agent/client/ports/free-types';
import type { HolderKind, PortHolder, PortParams, Socket } from '../../agent/protocol';
import type { Launcher } from '../actions/launch';
import { commands, viewId } from '../base/ids';
import { forQuickPick } from '../base/text';
import type { WorkspaceParts } from '../base/workspace-parts';
import { Cancelled, type Context } from '../context';
import type { SocketTree } from '../tree/socket-tree';
import { chosenPort, type PortArgument } from './chosen-port';
import type { PortFreer } from './free-port';
import type { Again } from './in-use/rerun';
import {
  answerText,
  answerTitle,
  bindLines,
  hidesSomething,
  holderText,
  holdingText,
  portText,
} from './port-text';
import { supervisorIn } from './window-supervisors';

const t = vscode.l10n.t;

export interface PortExplainer {
  /** What is known of a port now. */
  look(port: PortParams): Promise<PortAnswer>;
  /** Shows it, and does what is chosen there; resolves with what was shown last. */
  show(port: PortParams, again?: Again): Promise<PortAnswer>;
}

export function activate(
  context: Context,
  tree: SocketTree,
  launcher: Launcher,
  workspace: WorkspaceParts,
  freer: PortFreer,
): PortExplainer {
  const explainer = new Explainer(context, tree, launcher, workspace, freer);
  context.command(commands.whyBusy, async (given?: PortArgument) =>
    explainer.show(await chosenPort(tree, t('Why Is This Port Busy?'), given)),
  );
  return explainer;
}

interface Entry extends vscode.QuickPickItem {
  /** What choosing it does; separators have none. */
  readonly run?: () => unknown;
}

class Explainer implements PortExplainer {
  constructor(
    private readonly context: Context,
    private readonly tree: SocketTree,
    private readonly launcher: Launcher,
    private readonly workspace: WorkspaceParts,
    private readonly freer: PortFreer,
  ) {}

  async look(port: PortParams): Promise<PortAnswer> {
    const held = this.context.link.hold();
    try {
      const connection = await this.context.link.connect();
      await this.workspace.tasksKnown();
      return await explainAsUser(connection, port, (pids) => supervisorIn(this.workspace, pids));
    } finally {
      held.dispose();
    }
  }

  async show(port: PortParams, again?: Again): Promise<PortAnswer> {
    const answer = await this.look(port);
    const entry = await vscode.window.showQuickPick(this.entries(port, answer, again), {
      title: answerTitle(t, answer),
      placeHolder: t('Choose a line to show it in the tree, or what to do'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!entry) throw new Cancelled();
    await entry.run?.();
    return answer;
  }

  private entries(port: PortParams, answer: PortAnswer, again?: Again): Entry[] {
    return [
      ...answer.holders.map((holder) => this.holderEntry(answer, holder)),
      {
        label: `$(checklist) ${bindLines(t, answer)[0]}`,
        ...restOfBinds(answer),
        run: () => this.showInTree(answer),
      },
      { label: t('What to do'), kind: vscode.QuickPickItemKind.Separator },
      ...this.actions(port, answer, again),
    ];
  }

  private holderEntry(answer: PortAnswer, holder: PortHolder): Entry {
    return {
      label: `$(${holderIcons[holder.kind]}) ${forQuickPick(holderText(t, holder), 600)}`,
      description: forQuickPick(holdingText(t, holder)),
      detail: forQuickPick(holder.why, 600),
      run: () => this.showInTree(answer, holder.sockets[0]),
    };
  }

  private actions(port: PortParams, answer: PortAnswer, again?: Again): Entry[] {
    const free: Entry = {
      label: `$(unlock) ${t('Free {0}', portText(t, answer))}`,
      run: () => this.freer.free(port, again),
    };
    const start: Entry = {
      label: `$(key) ${t('Start Agent')}`,
      detail: hidesSomething(answer)
        ? t('Who holds it cannot be seen without the agent.')
        : t("The agent also sees other users' processes and all network namespaces."),
      run: async () => {
        await this.launcher.start();
        await this.show(port, again);
      },
    };
    return [
      ...(answer.free ? [] : [free]),
      { label: `$(list-tree) ${t('Show in Tree')}`, run: () => this.showInTree(answer) },
      {
        label: `$(copy) ${t('Copy as Text')}`,
        run: () => vscode.env.clipboard.writeText(answerText(t, answer)),
      },
      ...(this.context.link.mode === 'observer' ? [start] : []),
    ];
  }

  /** A socket's row; without one, or where the view cannot show it, everything with that port. */
  private async showInTree({ port, protocol }: PortAnswer, socket?: Socket): Promise<void> {
    await vscode.commands.executeCommand(`${viewId}.focus`);
    const { live } = this.tree;
    const find = () => (socket ? live.find(socket) : undefined);
    // It may have come after the view's last look.
    await live.refresh();
    let row = await find();
    if (!row) {
      await live.choose({ filter: `:${port} proto:${protocol}`, show: 'everything' });
      row = await find();
    }
    if (row) await this.tree.reveal(row);
  }
}

function restOfBinds(answer: PortAnswer): { readonly detail?: string } {
  const [, reusing] = bindLines(t, answer);
  return reusing === undefined ? {} : { detail: reusing };
}

const holderIcons: Record<HolderKind, string> = {
  listener: 'broadcast',
  bound: 'pin',
  connection: 'arrow-swap',
  client: 'arrow-right',
  'time-wait': 'history',
  orphan: 'circle-slash',
  udp: 'radio-tower',
  published: 'package',
  reserved: 'lock',
};
