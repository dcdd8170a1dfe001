/** Creates the tree, and the commands for what it shows and how. */

import * as vscode from 'vscode';
import { type Grouping, groupings, rootGroup, type Show, shows } from '../../agent/protocol';
import { commands, memory } from '../base/ids';
import type { WorkspaceParts } from '../base/workspace-parts';
import type { Context } from '../context';
import { inSteps } from '../steps';
import { LiveView } from './live-view';
import { SocketTree } from './socket-tree';
import { groupingDetail, groupingText, showDetail, showText } from './view-message';
import type { MoreNode } from './view-window';

const t = vscode.l10n.t;

export function activate(context: Context, workspace: WorkspaceParts): SocketTree {
  const state = context.extension.workspaceState;
  const live = context.disposables.add(
    new LiveView(context, workspace, {
      filter: '',
      show: shows.find((show) => show === state.get(memory.show)) ?? 'mine',
      groupBy: groupings.find((grouping) => grouping === state.get(memory.grouping)) ?? 'process',
    }),
  );
  const tree = context.disposables.add(new SocketTree(context, live));
  const show = async (choice: Show) => {
    await live.choose({ show: choice });
    await state.update(memory.show, choice);
  };
  context.command(commands.show, async (given?: Show) =>
    show(isOne(shows, given) ? given : await askShow(live)),
  );
  context.command(commands.showEverything, () => show('everything'));
  context.command(commands.groupBy, async (given?: Grouping) => {
    const groupBy = isOne(groupings, given) ? given : await askGrouping(live);
    await live.choose({ groupBy });
    await state.update(memory.grouping, groupBy);
  });
  context.command(commands.refresh, () => {
    context.link.retryNow();
    return live.refresh();
  });
  context.command(commands.showMore, (node?: MoreNode) => node && live.more(node.parent?.id ?? rootGroup));
  context.command(commands.showLog, () => context.log.show());
  return tree;
}

function askShow(live: LiveView): Promise<Show> {
  return ask(t('Show Sockets'), shows, live.choices.show, showText, showDetail);
}

function askGrouping(live: LiveView): Promise<Grouping> {
  return ask(t('Group Sockets By'), groupings, live.choices.groupBy, groupingText, groupingDetail);
}

/** A quick pick with an explanation of each choice; the present one is marked, and active. */
function ask<Choice extends string>(
  title: string,
  choices: readonly Choice[],
  present: Choice,
  label: (translate: typeof t, choice: Choice) => string,
  detail: (translate: typeof t, choice: Choice) => string,
): Promise<Choice> {
  const items = choices.map((choice) => ({
    value: choice,
    label: label(t, choice),
    detail: detail(t, choice),
    ...(choice === present ? { description: t('now') } : {}),
  }));
  return inSteps(title, (steps) => steps.choose({ items, present: label(t, present), more: 0 }));
}

function isOne<Choice extends string>(choices: readonly Choice[], given: unknown): given is Choice {
  return choices.some((choice) => choice === given);
}
