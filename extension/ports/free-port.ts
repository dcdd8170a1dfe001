/** Free Port: the plan is shown and asked about once, then done, and the port proved to be free. */

import * as vscode from 'vscode';
import { freePort } from '../../agent/client/ports/free-port';
import type { FreePlan, FreeReport, Person } from '../../agent/client/ports/free-types';
import type { Requester } from '../../agent/client/requester';
import type { Owner, PortParams } from '../../agent/protocol';
import { acting } from '../actions/act';
import { type Launcher, needsAgentText } from '../actions/launch';
import { commands } from '../base/ids';
import { plain } from '../base/text';
import type { WorkspaceParts } from '../base/workspace-parts';
import { cancellable, untilCancelled } from '../connection/cancellable';
import { Cancelled, type Context } from '../context';
import type { SocketTree } from '../tree/socket-tree';
import { chosenPort, type PortArgument } from './chosen-port';
import { agentQuestion, type Consent, freeQuestion, killQuestion, reportText, stepLine } from './free-text';
import { type Again, againOffers } from './in-use/rerun';
import { portText } from './port-text';
import { supervisorIn } from './window-supervisors';

const t = vscode.l10n.t;

/** Milliseconds that a process has to end after SIGTERM. */
const graceMs = 3000;

export interface PortFreer {
  /** Asks, frees and says what came of it. `again`: what found the port taken, offered once it is free. */
  free(port: PortParams, again?: Again): Promise<FreeReport>;
}

export function activate(
  context: Context,
  tree: SocketTree,
  launcher: Launcher,
  workspace: WorkspaceParts,
): PortFreer {
  const free = (port: PortParams, again?: Again) =>
    acting(context, tree, async () => {
      const person = new Editor(context, launcher, workspace, port);
      const report = await person.free();
      tell(context, report, person.failure, again);
      return report;
    });
  context.command(commands.freePort, async (given?: PortArgument) =>
    free(await chosenPort(tree, t('Free Port'), given)),
  );
  return { free };
}

/** The person in front of this window, for one port. */
class Editor implements Person {
  private readonly source = new vscode.CancellationTokenSource();
  private consent: Consent | undefined;
  private settled: Promise<unknown> = Promise.resolve();
  /** Why there is no agent; empty: nobody needed one that there is not. */
  failure = '';

  constructor(
    private readonly context: Context,
    private readonly launcher: Launcher,
    private readonly workspace: WorkspaceParts,
    private readonly port: PortParams,
  ) {}

  async free(): Promise<FreeReport> {
    await this.workspace.tasksKnown();
    const link = cancellable(await this.context.link.connect(), this.source.token);
    const report = freePort(link, { ...this.port, signal: 'TERM', graceMs, takeOver: false }, this);
    this.settled = report.catch(() => {}).finally(() => this.source.dispose());
    return report;
  }

  async confirm(plan: FreePlan): Promise<boolean> {
    const runs = this.context.link.mode === 'agent';
    const { message, detail, buttons } = freeQuestion(t, plan, runs ? null : needsAgentText());
    const titles = buttons.map(({ title }) => title);
    const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...titles);
    this.consent = buttons.find(({ title }) => title === choice)?.consent;
    if (!this.consent) throw new Cancelled();
    this.showProgress(t('Freeing {0}', portText(t, plan.answer)));
    return true;
  }

  async offerKill(process: Owner): Promise<boolean> {
    const { message, detail } = killQuestion(t, process);
    const button = t('End with SIGKILL');
    return (await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) === button;
  }

  async agent(): Promise<Requester | null> {
    if (this.consent !== 'with-agent' && !(await this.agreesToAgent())) {
      // Without a plan yet, there is nothing else to do for somebody who says no.
      if (!this.consent) throw new Cancelled();
      return null;
    }
    try {
      const agent = await untilCancelled(this.launcher.start(), this.source.token);
      return cancellable(agent, this.source.token);
    } catch (error) {
      if (!this.consent || error instanceof vscode.CancellationError) throw error;
      this.failure = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  private async agreesToAgent(): Promise<boolean> {
    const { message, detail } = agentQuestion(t, this.port, this.consent !== undefined, needsAgentText());
    const button = t('Start Agent');
    return (await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) === button;
  }

  supervisorOf(pids: readonly number[]) {
    return supervisorIn(this.workspace, pids);
  }

  private cancel(): void {
    this.source.cancel();
    void this.context.toast(
      'warning',
      t('Cancelled: nothing more is done. What was asked to end may still end.'),
    );
  }

  /** Until it is over; cancelling stops before the next act, and no longer waits for the present one. */
  private showProgress(title: string): void {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, cancellable: true, title },
      async (_, token) => {
        token.onCancellationRequested(() => this.cancel());
        await this.settled;
      },
    );
  }
}

function tell(context: Context, report: FreeReport, failure: string, again?: Again): void {
  const { port, protocol, freed, already, message } = report;
  for (const step of report.steps) context.log.info(`free ${protocol} ${port}: ${stepLine(step)}`);
  context.log.info(
    `free ${protocol} ${port}: ${already ? 'already free' : freed ? 'freed' : 'busy'}: ${plain(message, 600)}`,
  );
  const text = `${reportText(report)} ${failure}`.trim();
  void context.toast(freed ? 'info' : 'warning', text, [
    ...againOffers(freed ? again : undefined),
    context.details,
  ]);
}
