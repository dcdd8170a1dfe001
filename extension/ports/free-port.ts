/** Free Port: shows the plan, asks once, carries it out, and proves by a bind that the port is free. */

import * as vscode from 'vscode';
import { freePort } from '../../agent/client/ports/free-port';
import type { FreeOptions, FreePlan, FreePrompts, FreeReport } from '../../agent/client/ports/free-types';
import type { Requester } from '../../agent/client/requester';
import type { Owner, PortParams } from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import { type Launcher, needsAgentText } from '../actions/launch';
import { askModal } from '../base/ask-modal';
import { commands } from '../base/ids';
import { plain } from '../base/text';
import type { WorkspaceParts } from '../base/workspace-parts';
import { cancellable, untilCancelled } from '../connection/cancellable';
import { Cancelled, type Context } from '../context';
import type { SocketTree } from '../tree/socket-tree';
import { chosenPort, type PortArguments } from './chosen-port';
import { agentQuestion, type Consent, freeQuestion, killQuestion, reportText, stepLine } from './free-text';
import { type Rerun, rerunOffers } from './in-use/rerun';
import { portText } from './port-text';
import { supervisorIn } from './window-supervisors';

const t = vscode.l10n.t;

/** Time for a process to end after SIGTERM. */
const graceMs = 3000;

export interface PortFreer {
  /** Asks, frees the port and reports the result. `rerun` is offered once the port is free. */
  free(port: FreedPort, rerun?: Rerun): Promise<FreeReport>;
}

/** Also by the end of what only inherited the socket, or carries the sessions of others. */
type FreedPort = PortParams & Pick<FreeOptions, 'includeInheritors' | 'includeSessions'>;

export function activate(
  context: Context,
  tree: SocketTree,
  launcher: Launcher,
  workspace: WorkspaceParts,
): PortFreer {
  const free = (port: FreedPort, rerun?: Rerun) =>
    withHeldConnection(context, tree, async () => {
      const prompts = new EditorPrompts(context, launcher, workspace, port);
      const report = await prompts.free();
      logAndShow(context, report, prompts.failure, rerun);
      return report;
    });
  context.command(commands.freePort, async (...given: PortArguments) =>
    free(await chosenPort(context, tree, t('Free Port'), ...given)),
  );
  return { free };
}

/** The prompts of this window, for one port. */
class EditorPrompts implements FreePrompts {
  readonly #context: Context;
  readonly #launcher: Launcher;
  readonly #workspace: WorkspaceParts;
  readonly #port: FreedPort;
  readonly #source = new vscode.CancellationTokenSource();
  #consent: Consent | undefined;
  #settled: Promise<unknown> = Promise.resolve();
  /** Why the agent could not be started; empty: it was, or was not needed. */
  failure = '';

  constructor(context: Context, launcher: Launcher, workspace: WorkspaceParts, port: FreedPort) {
    this.#context = context;
    this.#launcher = launcher;
    this.#workspace = workspace;
    this.#port = port;
  }

  async free(): Promise<FreeReport> {
    await this.#workspace.tasksKnown();
    const link = cancellable(await this.#context.link.connect(), this.#source.token);
    const report = freePort(link, { ...this.#port, signal: 'TERM', graceMs, takeOver: false }, this);
    this.#settled = report.catch(() => {}).finally(() => this.#source.dispose());
    return report;
  }

  async confirm(plan: FreePlan): Promise<boolean> {
    const runs = this.#context.link.mode === 'agent';
    const question = freeQuestion(t, plan, runs ? null : needsAgentText());
    const titles = question.buttons.map(({ title }) => title);
    const choice = await askModal(question, ...titles);
    this.#consent = question.buttons.find(({ title }) => title === choice)?.consent;
    if (!this.#consent) throw new Cancelled();
    this.#showProgress(t('Freeing {0}', portText(t, plan.answer)));
    return true;
  }

  async offerKill(process: Owner): Promise<boolean> {
    const button = t('End with SIGKILL');
    return (await askModal(killQuestion(t, process), button)) === button;
  }

  async agent(): Promise<Requester | null> {
    if (this.#consent !== 'with-agent' && !(await this.#agreesToAgent())) {
      // There is no plan without the agent, so a refusal cancels.
      if (!this.#consent) throw new Cancelled();
      return null;
    }
    try {
      const agent = await untilCancelled(this.#launcher.start(), this.#source.token);
      return cancellable(agent, this.#source.token);
    } catch (error) {
      if (!this.#consent || error instanceof vscode.CancellationError) throw error;
      this.failure = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  async #agreesToAgent(): Promise<boolean> {
    const question = agentQuestion(t, this.#port, this.#consent !== undefined, needsAgentText());
    const button = t('Start Agent');
    return (await askModal(question, button)) === button;
  }

  supervisorOf(pids: readonly number[]) {
    return supervisorIn(this.#workspace, pids);
  }

  #cancel(): void {
    this.#source.cancel();
    void this.#context.toast(
      'warning',
      t('Cancelled: no further step is taken. A process that was asked to end may still end.'),
    );
  }

  /** Shown until all steps are done. Cancelling stops before the next step, and does not wait for the current one. */
  #showProgress(title: string): void {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, cancellable: true, title },
      async (_, token) => {
        token.onCancellationRequested(() => this.#cancel());
        await this.#settled;
      },
    );
  }
}

function logAndShow(context: Context, report: FreeReport, failure: string, rerun?: Rerun): void {
  const { port, protocol, freed, already, message } = report;
  for (const step of report.steps) context.log.info(`free ${protocol} ${port}: ${stepLine(step)}`);
  context.log.info(
    `free ${protocol} ${port}: ${already ? 'already free' : freed ? 'freed' : 'busy'}: ${plain(message, 600)}`,
  );
  const text = `${reportText(t, report)} ${failure}`.trim();
  void context.toast(freed ? 'info' : 'warning', text, [
    ...rerunOffers(freed ? rerun : undefined),
    context.logOffer,
  ]);
}
