/** Filter and Clear Filter: what the view shows, in the filter language that all of Sockscope shares. */

import * as vscode from 'vscode';
import { parseFilter } from '../../agent/protocol';
import { commands } from '../base/ids';
import { Cancelled, type Context } from '../context';
import type { SocketTree } from './socket-tree';

const t = vscode.l10n.t;

export function activate(context: Context, { live }: SocketTree): void {
  context.command(commands.filter, async (given?: string) => {
    const filter = typeof given === 'string' ? given : await ask(live.choices.filter);
    const wrong = mistake(filter);
    if (wrong !== undefined) throw new Error(wrong);
    await live.choose({ filter: filter.trim() });
  });
  context.command(commands.clearFilter, () => live.choose({ filter: '' }));
}

async function ask(current: string): Promise<string> {
  const filter = await vscode.window.showInputBox({
    title: t('Filter Sockets'),
    value: current,
    placeHolder: ':3000',
    prompt: t(
      'For example :3000, remote:5432, process:node, state:established, proto:udp, -state:time-wait, or any text. Empty shows all.',
    ),
    validateInput: mistake,
  });
  if (filter === undefined) throw new Cancelled();
  return filter;
}

function mistake(text: string): string | undefined {
  const parsed = parseFilter(text);
  return parsed.ok ? undefined : parsed.message;
}
