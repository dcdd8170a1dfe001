/** Writes a run to a file that the user chooses. */

import { basename } from 'node:path';
import * as vscode from 'vscode';
import { revealOffers } from '../../actions/reveal-file';
import { plain } from '../../base/text';
import { Cancelled, type Context, type Offer } from '../../context';
import { toCsv } from './timeline-csv';
import { type Run, toResult } from './timeline-run';
import { toScenario } from './timeline-scenario';
import type { ExportFormat } from './timeline-view';

const t = vscode.l10n.t;

/** Its contents: `yml` is a scenario. */
export function exportText(run: Run, format: ExportFormat): string {
  switch (format) {
    case 'csv':
      return toCsv(run);
    case 'yml':
      return toScenario(t, run);
    case 'json':
      return `${JSON.stringify({ schema: 1, ...toResult(run) }, null, 2)}\n`;
  }
}

/** Asks for a file, writes it, and offers to open it. Throws Cancelled. */
export async function exportTo(
  context: Context,
  run: Run,
  format: ExportFormat | 'png',
  write: (uri: vscode.Uri) => Thenable<void>,
): Promise<void> {
  const uri = await askTarget(run, format);
  await write(uri);
  void context.toast('info', t('Exported to {0}.', plain(basename(uri.path), 100)), offersFor(uri));
}

async function askTarget({ rounds }: Run, format: ExportFormat | 'png'): Promise<vscode.Uri> {
  const began = new Date(rounds[0]?.startedAt ?? Date.now()).toISOString().slice(0, 19).replaceAll(':', '-');
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const uri = await vscode.window.showSaveDialog({
    title: format === 'yml' ? t('Save as Scenario') : t('Export Run'),
    filters: { [format.toUpperCase()]: [format] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder.uri, `reconnects-${began}.${format}`) } : {}),
  });
  if (!uri) throw new Cancelled();
  return uri;
}

function offersFor(file: vscode.Uri): Offer[] {
  const open = { title: t('Open'), run: () => vscode.commands.executeCommand('vscode.open', file) };
  return [open, ...revealOffers(file)];
}
