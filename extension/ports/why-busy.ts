/** Why Is This Port Busy: every holder with its reason, the results of trial binds, and actions. */

import * as vscode from 'vscode';
import { explainAsUser } from '../../agent/client/ports/explain';
import type { Explanation } from '../../agent/client/ports/free-types';
import {
  type HolderKind,
  inspectProcess,
  type PortHolder,
  type PortParams,
  type ProcessDetail,
  processIdOf,
  type Socket,
} from '../../agent/protocol';
import type { Launcher } from '../actions/launch';
import { informModal } from '../base/ask-modal';
import { commands, settings } from '../base/ids';
import { forQuickPick, plain } from '../base/text';
import type { WorkspaceParts } from '../base/workspace-parts';
import { Cancelled, type Context } from '../context';
import { revealSocket } from '../tree/reveal-socket';
import type { SocketTree } from '../tree/socket-tree';
import { processesOf } from '../tree/sockets';
import { chosenPort, type PortArguments } from './chosen-port';
import type { PortFreer } from './free-port';
import type { Rerun } from './in-use/rerun';
import { isPlainFree, type NextAct, type NextOffer, nextOffer } from './next-text';
import {
  answerText,
  answerTitle,
  bindLines,
  hidesSomething,
  holderText,
  holdingText,
  mainHolder,
  mayBeFreed,
  noteText,
  portText,
  processFactsText,
  whyText,
} from './port-text';
import { supervisorIn } from './window-supervisors';

const t = vscode.l10n.t;

/** Processes of which the command line and age are read. */
const maxProcesses = 20;

export interface PortExplainer {
  /** Holders and trial binds of a port, now. */
  explain(port: PortParams): Promise<Explanation>;
  /** Shows them, and runs the chosen action; resolves with the last answer that was shown. */
  show(port: PortParams, rerun?: Rerun): Promise<Explanation>;
}

export function activate(
  context: Context,
  tree: SocketTree,
  launcher: Launcher,
  workspace: WorkspaceParts,
  freer: PortFreer,
): PortExplainer {
  const explainer = new Explainer(context, tree, launcher, workspace, freer);
  context.command(commands.whyBusy, async (...given: PortArguments) =>
    explainer.show(await chosenPort(context, tree, t('Why Is This Port Busy?'), ...given)),
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

  async explain(port: PortParams): Promise<Explanation> {
    const held = this.#context.link.hold();
    try {
      const connection = await this.#context.link.connect();
      await this.#workspace.tasksKnown();
      return await explainAsUser(connection, port, (pids) => supervisorIn(this.#workspace, pids));
    } finally {
      held.dispose();
    }
  }

  async show(port: PortParams, rerun?: Rerun): Promise<Explanation> {
    const answer = await this.explain(port);
    const facts = await this.#processFacts(answer);
    const entry = await vscode.window.showQuickPick(this.#entries(port, answer, facts, rerun), {
      title: answerTitle(t, answer),
      placeHolder: t('Choose a holder to see it in the tree, or what to do'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!entry) throw new Cancelled();
    await entry.run?.();
    return answer;
  }

  /** By pid, a line on each process that holds the port. */
  async #processFacts({ holders }: Explanation): Promise<ReadonlyMap<number, string>> {
    const processes = [...new Map(holders.flatMap(processesOf).map((one) => [one.pid, one])).values()];
    const connection = await this.#context.link.connect();
    const lines = await Promise.all(
      processes.slice(0, maxProcesses).map(async (process) => {
        const detail = await connection.request(inspectProcess, processIdOf(process)).catch(() => null);
        return [process.pid, detail ? this.#factsOf(detail) : plain(process.command, 300)] as const;
      }),
    );
    return new Map(lines);
  }

  #factsOf(process: ProcessDetail): string {
    const place = this.#workspace.placeOf([process.pid, ...process.parents.map(({ pid }) => pid)]);
    return processFactsText(t, process, place, Date.now());
  }

  #entries(
    port: PortParams,
    answer: Explanation,
    facts: ReadonlyMap<number, string>,
    rerun?: Rerun,
  ): Entry[] {
    return [
      ...answer.holders.map((holder) => this.#holderEntry(holder, facts)),
      {
        label: `$(checklist) ${bindLines(t, answer)[0]}`,
        ...restOfBinds(answer),
        run: () => this.#tell(answer),
      },
      ...answer.notes.map((note) => ({
        label: `$(note) ${forQuickPick(noteText(t, note), 600)}`,
        run: () => this.#tell(answer),
      })),
      { label: t('What to do'), kind: vscode.QuickPickItemKind.Separator },
      ...this.#actions(port, answer, rerun),
    ];
  }

  #holderEntry(holder: PortHolder, facts: ReadonlyMap<number, string>): Entry {
    const [process] = processesOf(holder);
    const [socket] = holder.sockets;
    return {
      label: `$(${holderIcons[holder.kind]}) ${forQuickPick(holderText(t, holder), 600)}`,
      description: forQuickPick(holdingText(t, holder)),
      detail: forQuickPick((process && facts.get(process.pid)) || whyText(t, holder), 600),
      ...(socket ? { run: () => this.#showInTree(holder, socket) } : {}),
    };
  }

  #actions(port: PortParams, answer: Explanation, rerun?: Rerun): Entry[] {
    const offers = answer.next.map((step) => nextOffer(t, port, step));
    const plainFree = offers.find((offer) => isPlainFree(offer, port));
    const isObserver = this.#context.link.mode === 'observer';
    const free: Entry = {
      label: `$(unlock) ${t('Free {0}', portText(t, answer))}`,
      ...(plainFree ? { detail: forQuickPick(plainFree.why, 600) } : {}),
      run: () => this.#freer.free(port, rerun),
    };
    const others = offers.filter((offer) => offer !== plainFree && offer.act.kind !== 'agent');
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
    const explain: Entry = { label: `$(info) ${t('Show Explanation')}`, run: () => this.#tell(answer) };
    const main = mainHolder(answer);
    const [socket] = main?.sockets ?? [];
    const show = main && socket ? [this.#showEntry(main, socket)] : [];
    return [
      // Without the agent, what it would do is not known.
      ...(mayBeFreed(answer) && (plainFree || isObserver) ? [free] : []),
      ...others.map((offer) => this.#nextEntry(port, offer, rerun)),
      explain,
      ...show,
      {
        label: `$(copy) ${t('Copy as Text')}`,
        run: () => vscode.env.clipboard.writeText(answerText(t, answer)),
      },
      ...(isObserver ? [start] : []),
    ];
  }

  #nextEntry(port: PortParams, { act, title, why }: NextOffer, rerun?: Rerun): Entry {
    return {
      label: `$(${nextIcons[act.kind]}) ${forQuickPick(title, 600)}`,
      detail: forQuickPick(why, 600),
      run: () => this.#doNext(port, act, rerun),
    };
  }

  async #doNext(port: PortParams, act: NextAct, rerun?: Rerun): Promise<void> {
    switch (act.kind) {
      case 'free':
        await this.#freer.free({ ...port, ...act.options }, rerun);
        return;
      case 'agent':
        await this.#launcher.start();
        return;
      case 'scope':
        await vscode.commands.executeCommand('workbench.action.openSettings', settings.agentScope);
        return;
      case 'run': {
        const terminal = vscode.window.createTerminal('Sockscope');
        terminal.show();
        terminal.sendText(act.command);
      }
    }
  }

  #showEntry(holder: PortHolder, socket: Socket): Entry {
    return { label: `$(list-tree) ${t('Show in Tree')}`, run: () => this.#showInTree(holder, socket) };
  }

  /** The whole answer, which a quick pick would cut. */
  async #tell(answer: Explanation): Promise<void> {
    const [message = '', ...lines] = answerText(t, answer).split('\n');
    await informModal({ message, detail: lines.join('\n') });
  }

  #showInTree(holder: PortHolder, socket: Socket): Promise<void> {
    const name = holderText(t, holder);
    return revealSocket(this.#context, this.#tree, socket, {
      name,
      gone: t('{0} has let go of the port.', name),
    });
  }
}

function restOfBinds(answer: Explanation): { readonly detail?: string } {
  const [, reusing] = bindLines(t, answer);
  return reusing === undefined ? {} : { detail: reusing };
}

const nextIcons: Record<NextAct['kind'], string> = {
  free: 'unlock',
  agent: 'key',
  scope: 'gear',
  run: 'terminal',
};

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
