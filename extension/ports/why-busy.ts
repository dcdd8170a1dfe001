/** Why Is This Port Busy: every holder with its reason, the results of trial binds, and actions. */

import * as vscode from 'vscode';
import { explainAsUser } from '../../agent/client/ports/explain';
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
import type { Rerun } from './in-use/rerun';
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
  /** Holders and trial binds of a port, now. */
  explain(port: PortParams): Promise<PortAnswer>;
  /** Shows them, and runs the chosen action; resolves with the last answer that was shown. */
  show(port: PortParams, rerun?: Rerun): Promise<PortAnswer>;
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
  /** Runs when chosen; separators have none. */
  readonly run?: () => unknown;
}

class Explainer implements PortExplainer {
  readonly #context: Context;
  readonly #tree: SocketTree;
  readonly #launcher: Launcher;
  readonly #workspace: WorkspaceParts;
  readonly #freer: PortFreer;
  constructor(
    context: Context,
    tree: SocketTree,
    launcher: Launcher,
    workspace: WorkspaceParts,
    freer: PortFreer,
  ) {
    this.#context = context;
    this.#tree = tree;
    this.#launcher = launcher;
    this.#workspace = workspace;
    this.#freer = freer;
  }

  async explain(port: PortParams): Promise<PortAnswer> {
    const held = this.#context.link.hold();
    try {
      const connection = await this.#context.link.connect();
      await this.#workspace.tasksKnown();
      return await explainAsUser(connection, port, (pids) => supervisorIn(this.#workspace, pids));
    } finally {
      held.dispose();
    }
  }

  async show(port: PortParams, rerun?: Rerun): Promise<PortAnswer> {
    const answer = await this.explain(port);
    const entry = await vscode.window.showQuickPick(this.#entries(port, answer, rerun), {
      title: answerTitle(t, answer),
      placeHolder: t('Choose a line to show it in the tree, or what to do'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!entry) throw new Cancelled();
    await entry.run?.();
    return answer;
  }

  #entries(port: PortParams, answer: PortAnswer, rerun?: Rerun): Entry[] {
    return [
      ...answer.holders.map((holder) => this.#holderEntry(answer, holder)),
      {
        label: `$(checklist) ${bindLines(t, answer)[0]}`,
        ...restOfBinds(answer),
        run: () => this.#showInTree(answer),
      },
      { label: t('What to do'), kind: vscode.QuickPickItemKind.Separator },
      ...this.#actions(port, answer, rerun),
    ];
  }

  #holderEntry(answer: PortAnswer, holder: PortHolder): Entry {
    return {
      label: `$(${holderIcons[holder.kind]}) ${forQuickPick(holderText(t, holder), 600)}`,
      description: forQuickPick(holdingText(t, holder)),
      detail: forQuickPick(holder.why, 600),
      run: () => this.#showInTree(answer, holder.sockets[0]),
    };
  }

  #actions(port: PortParams, answer: PortAnswer, rerun?: Rerun): Entry[] {
    const free: Entry = {
      label: `$(unlock) ${t('Free {0}', portText(t, answer))}`,
      run: () => this.#freer.free(port, rerun),
    };
    const start: Entry = {
      label: `$(key) ${t('Start Agent')}`,
      detail: hidesSomething(answer)
        ? t('Its holder is not visible without the agent.')
        : t("The agent also sees other users' processes and all network namespaces."),
      run: async () => {
        await this.#launcher.start();
        await this.show(port, rerun);
      },
    };
    return [
      ...(answer.free ? [] : [free]),
      { label: `$(list-tree) ${t('Show in Tree')}`, run: () => this.#showInTree(answer) },
      {
        label: `$(copy) ${t('Copy as Text')}`,
        run: () => vscode.env.clipboard.writeText(answerText(t, answer)),
      },
      ...(this.#context.link.mode === 'observer' ? [start] : []),
    ];
  }

  /** Reveals the row of the socket; without a socket, or where the view hides it, shows everything with the port. */
  async #showInTree({ port, protocol }: PortAnswer, socket?: Socket): Promise<void> {
    await vscode.commands.executeCommand(`${viewId}.focus`);
    const { live } = this.#tree;
    const find = () => (socket ? live.find(socket) : undefined);
    // The socket may be newer than the view's last update.
    await live.refresh();
    let row = await find();
    if (!row) {
      await live.choose({ filter: `:${port} proto:${protocol}`, show: 'everything' });
      row = await find();
    }
    if (row) await this.#tree.reveal(row);
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
