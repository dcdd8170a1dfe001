/** Capture Packets: those of a row or a filter, into a file for Wireshark. */

import { basename } from 'node:path';
import * as vscode from 'vscode';
import { nothingText, summaryText } from '../../agent/client/capture/capture-text';
import { DestinationFile } from '../../agent/client/capture/destination-file';
import { type CaptureSummary, runCapture } from '../../agent/client/capture/run-capture';
import type { Requester } from '../../agent/client/requester';
import { bytesText } from '../../agent/common/bytes-text';
import { type CaptureParams, limits } from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import type { Launcher } from '../actions/launch';
import { requireAgent } from '../actions/required-agent';
import { revealOffers } from '../actions/reveal-file';
import { commands } from '../base/ids';
import { numberText, plain, withStop } from '../base/text';
import { Cancelled, type Context } from '../context';
import { inSteps } from '../steps';
import { type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { askCaptured } from './aim';
import { askDuration } from './fault-choices';

const t = vscode.l10n.t;

/** Of the file. */
const maxBytes = 100e6;

/** Other extensions and tests pass it, and are not asked. */
interface Chosen extends Pick<CaptureParams, 'filter' | 'forMs'> {
  readonly file: vscode.Uri;
}

interface CaptureToFile extends Chosen {
  /** The user has agreed to replace a file that is there. */
  readonly replaces: boolean;
}

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  const run = (...given: RowArguments | [Chosen]) =>
    withHeldConnection(context, tree, async () => {
      const asked = isComplete(given)
        ? { ...given[0], replaces: false }
        : { ...(await ask(context, tree, given)), replaces: true };
      const agent = await requireAgent(context, launcher, t('Start the agent to capture packets?'));
      return capture(context, agent, asked);
    });
  context.command(commands.capturePackets, run, (given) =>
    isComplete(given) ? given : withSelection(tree, given),
  );
}

function isComplete(given: RowArguments | [Chosen]): given is [Chosen] {
  return given[0] !== undefined && 'filter' in given[0];
}

async function ask(context: Context, tree: SocketTree, rows: RowArguments): Promise<Chosen> {
  const asked = await inSteps(t('Capture Packets'), async (steps) => ({
    filter: await askCaptured(context, tree, steps, rows),
    forMs: await askDuration(steps, 0),
  }));
  return { ...asked, file: await askFile() };
}

async function askFile(): Promise<vscode.Uri> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const now = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const file = await vscode.window.showSaveDialog({
    title: t('Capture Packets'),
    saveLabel: t('Capture'),
    filters: { PCAPNG: ['pcapng'] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder.uri, `capture-${now}.pcapng`) } : {}),
  });
  if (!file) throw new Cancelled();
  return file;
}

async function capture(
  context: Context,
  agent: Requester,
  { filter, forMs, file, replaces }: CaptureToFile,
): Promise<CaptureSummary> {
  const params = { filter, forMs, snap: limits.packet };
  // It is written as the packets come.
  if (file.scheme !== 'file') throw new Error(t('Save the packets on the machine where they are captured.'));
  const destination = new DestinationFile(file.fsPath, replaces);
  const begun = performance.now();
  let summary: CaptureSummary;
  try {
    summary = await withProgress(filter, (stop, report) =>
      runCapture(agent, params, { bytes: maxBytes, packets: Number.POSITIVE_INFINITY }, stop, {
        started: () => {},
        write: (bytes) => destination.write(bytes),
        progress: ({ packets, bytes }) =>
          report(t('{0} packets, {1}', numberText(packets), bytesText(bytes))),
      }),
    );
  } finally {
    await destination.close();
  }
  if (summary.packets === 0) throw new Error(withStop(t, nothingText(summary, performance.now() - begun)));
  const text = `${plain(basename(file.fsPath), 100)}: ${summaryText(summary, params.snap)}`;
  context.log.info(`capture ${filter}: ${text}`);
  void context.toast('info', withStop(t, text), revealOffers(file));
  return summary;
}

/** Cancel in the notification ends it early, and keeps what was captured. */
function withProgress(
  filter: string,
  run: (stop: AbortSignal, report: (message: string) => void) => Promise<CaptureSummary>,
): Thenable<CaptureSummary> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: t('Capturing packets of {0}; Cancel ends it and keeps them', plain(filter)),
    },
    (progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      return run(stop.signal, (message) => progress.report({ message }));
    },
  );
}
