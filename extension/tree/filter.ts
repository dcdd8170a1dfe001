/** Filter and Clear Filter: what the view shows, in the filter language that all of Sockscope shares. */

import * as vscode from 'vscode';
import { parseFilter } from '../../agent/protocol';
import { commands } from '../base/ids';
import { Cancelled, type Context } from '../context';
import type { LiveView } from './live-view';
import type { SocketTree } from './socket-tree';
import { matchText } from './view-message';

const t = vscode.l10n.t;

export function activate(context: Context, { live }: SocketTree): void {
  context.command(commands.filter, async (given?: string) => {
    const filter = typeof given === 'string' ? given : await ask(live);
    const wrong = mistake(filter);
    if (wrong !== undefined) throw new Error(wrong);
    await live.choose({ filter: filter.trim() });
  });
  context.command(commands.clearFilter, () => live.choose({ filter: '' }));
}

async function ask(live: LiveView): Promise<string> {
  const filter = await vscode.window.showInputBox({
    title: t('Filter Sockets'),
    value: live.choices.filter,
    placeHolder: ':3000',
    prompt: t(
      'For example :3000, remote:5432, process:node, -state:time-wait, proto:udp, or any text. Empty shows all.',
    ),
    validateInput: (text) => mistake(text) ?? matchCount(live, text),
  });
  if (filter === undefined) throw new Cancelled();
  return filter;
}

/** How many sockets match what is typed; shown while it is. */
async function matchCount(
  live: LiveView,
  text: string,
): Promise<vscode.InputBoxValidationMessage | undefined> {
  const counts = await live.count(text).catch(() => undefined);
  return counts && { message: matchText(t, counts), severity: vscode.InputBoxValidationSeverity.Info };
}

function mistake(text: string): string | undefined {
  const parsed = parseFilter(text);
  return parsed.ok ? undefined : parsed.message;
}
