/** From a row to the terminal, task or debug session of its process, and to its working directory. */

import { statSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import * as vscode from 'vscode';
import { inspectProcess, type ProcessDetail, type ProcessId, processIdOf } from '../../agent/protocol';
import { commands } from '../base/ids';
import { forNotification, forQuickPick, plain } from '../base/text';
import type { WorkspaceParts } from '../base/workspace-parts';
import { Cancelled, type Context } from '../context';
import { processText } from '../tree/process-text';
import { chosenNodes, type RowArguments } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { processesOf } from '../tree/sockets';
import type { Node } from '../tree/view-window';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, workspace: WorkspaceParts): void {
  const inspect = async (chosen: RowArguments) => {
    const connection = await context.link.connect();
    return connection.request(inspectProcess, processIdOf(await chosenProcess(tree, chosen)));
  };
  context.command(commands.goToProgram, async (...chosen: RowArguments) =>
    goToProgram(workspace, await inspect(chosen)),
  );
  context.command(commands.revealWorkingDirectory, async (...chosen: RowArguments) =>
    revealWorkingDirectory(workspace, await inspect(chosen)),
  );
}

/** The process of a row or group; asks where several processes hold the socket. */
async function chosenProcess(tree: SocketTree, rows: RowArguments): Promise<ProcessId> {
  const [chosen] = chosenNodes(t, tree, rows);
  const processes = chosen ? processesOfNode(chosen) : [];
  const [first, ...more] = processes;
  if (!first) throw new Error(t('Select a row with a process in the Sockscope view.'));
  if (more.length === 0) return first;
  const items = processes.map((process) => ({ label: forQuickPick(processText(process)), process }));
  const picked = await vscode.window.showQuickPick(items, { title: t('Several processes hold this socket') });
  if (!picked) throw new Cancelled();
  return picked.process;
}

function processesOfNode(node: Node): readonly (ProcessId & { readonly name: string })[] {
  if (node.kind === 'socket') return processesOf(node.row.socket);
  return node.kind === 'group' && node.group.subject.kind === 'process' ? [node.group.subject] : [];
}

/** The nearest of the process and its parents that this window started. */
async function goToProgram(workspace: WorkspaceParts, process: ProcessDetail): Promise<void> {
  for (const { pid } of [process, ...process.parents]) {
    const owner = workspace.owner(pid);
    if (owner && 'show' in owner) return owner.show();
    if (owner) return void (await vscode.commands.executeCommand('workbench.view.debug'));
  }
  const parents = process.parents.map(processText).join(', ');
  void vscode.window.showInformationMessage(
    forNotification(
      t(
        '{0} was not started by a terminal, task or debug session of this window. It was started by: {1}.',
        processText(process),
        parents === '' ? t('not known') : parents,
      ),
    ),
  );
}

async function revealWorkingDirectory(workspace: WorkspaceParts, process: ProcessDetail): Promise<void> {
  const folder = process.workingDirectory;
  if (folder === null)
    throw new Error(
      t('The working directory of {0} cannot be read here; the agent sees more.', processText(process)),
    );
  if (process.container)
    throw new Error(
      t('{0} works in {1}, which is inside its container.', processText(process), plain(folder, 500)),
    );
  if (!isFolder(folder))
    throw new Error(
      t('{0} works in {1}, which is not there any more.', processText(process), plain(folder, 500)),
    );
  const uri = vscode.Uri.file(folder);
  if (workspace.folders.some((one) => isWithin(folder, one)))
    await vscode.commands.executeCommand('revealInExplorer', uri);
  else await (await askPlace(folder))(uri);
}

type Reveal = (folder: vscode.Uri) => unknown;

async function askPlace(folder: string): Promise<Reveal> {
  const places: { label: string; reveal: Reveal }[] = [
    {
      label: t('Open in New Window'),
      reveal: (uri) => vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true }),
    },
    {
      label: t('Open in Integrated Terminal'),
      reveal: (uri) => vscode.window.createTerminal({ cwd: uri }).show(),
    },
  ];
  if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop)
    places.push({
      label: t('Open in File Manager'),
      reveal: (uri) => vscode.commands.executeCommand('revealFileInOS', uri),
    });
  const picked = await vscode.window.showQuickPick(places, { title: plain(folder, 100) });
  if (!picked) throw new Cancelled();
  return picked.reveal;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isWithin(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest !== '..' && !rest.startsWith('../') && !isAbsolute(rest);
}
