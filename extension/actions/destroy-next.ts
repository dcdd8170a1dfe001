/** Destroy Next Connection: waits for a connection that does not exist yet, and destroys it as it comes. */

import * as vscode from 'vscode';
import { type DestroyNextResult, destroyNext, type Moment, parseActingFilter } from '../../agent/protocol';
import { commands } from '../base/ids';
import { numberText } from '../base/text';
import { Cancelled, type Context } from '../context';
import { type Choice, inSteps, type Steps } from '../steps';
import type { SocketTree } from '../tree/socket-tree';
import { withHeldConnection } from './act';
import { confirmAct } from './confirm';
import { logLine, report } from './destroy-text';
import type { Launcher } from './launch';

const t = vscode.l10n.t;

/** Long enough to start a program, short enough not to be forgotten. */
const waitMs = 10 * 60_000;

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  context.command(commands.destroyNext, async (given?: string, moment?: Moment) => {
    const { filter, at } = await inSteps(t('Destroy Next Connection'), async (steps) => ({
      filter: typeof given === 'string' ? given : await askFilter(steps),
      // From the view's title come all selected rows as the second argument.
      at: typeof moment === 'string' ? moment : await askMoment(steps),
    }));
    if (!(await context.link.agent())) {
      const message = t('Destroy the next connection that matches {0}?', filter);
      await confirmAct({ message, detail: '' }, t('Start Agent and Wait'), true);
    }
    return withHeldConnection(context, tree, async () => {
      const agent = await launcher.start();
      const answer = await withProgress(filter, (token) =>
        agent.request(destroyNext, { filter, at, waitMs }, token),
      );
      logAndShow(context, filter, answer);
      return answer.result;
    });
  });
}

function askFilter(steps: Steps): Promise<string> {
  return steps.text({
    prompt: t(
      'Which connection? For example remote:5432, remote:10.0.0.5:443, process:node remote:6379, :3000',
    ),
    placeHolder: 'remote:5432',
    value: '',
    validate: mistake,
    more: 1,
  });
}

function mistake(text: string): string | undefined {
  const parsed = parseActingFilter(text);
  return parsed.ok ? undefined : parsed.message;
}

function askMoment(steps: Steps): Promise<Moment> {
  const items: readonly Choice<Moment>[] = [
    {
      value: 'established',
      label: t('Once it is established'),
      detail: t('The program has its connection and then loses it.'),
    },
    {
      value: 'connect',
      label: t('While it is being made'),
      detail: t('The program sees its connect fail.'),
    },
  ];
  return steps.choose({ items, more: 0 });
}

function withProgress(
  filter: string,
  run: (token: vscode.CancellationToken) => Promise<DestroyNextResult>,
): Thenable<DestroyNextResult> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: t('Waiting at most 10 minutes for the next connection that matches {0}', filter),
    },
    async (_, token) => {
      try {
        return await run(token);
      } catch (error) {
        if (token.isCancellationRequested) throw new Cancelled();
        throw error;
      }
    },
  );
}

function logAndShow(context: Context, filter: string, { result, dropped }: DestroyNextResult): void {
  if (!result) {
    const text = t('No connection that matches {0} came within 10 minutes.', filter);
    const lost =
      dropped > 0 ? t(' {0} events were lost, so one may have been missed.', numberText(dropped)) : '';
    void context.toast('warning', `${text}${lost}`);
    return;
  }
  context.log.info(`destroy next ${logLine(result)}`);
  const { kind, message } = report(t, [result]);
  void context.toast(kind, message);
}
