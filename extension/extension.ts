/** Entry point: activates each feature. */

import type * as vscode from 'vscode';
import * as agentStatus from './actions/agent-status';
import * as browser from './actions/browser';
import * as clipboard from './actions/clipboard';
import * as destroy from './actions/destroy';
import * as destroyNext from './actions/destroy-next';
import * as find from './actions/find';
import * as firstSteps from './actions/first-steps';
import * as installedAgent from './actions/installed-agent';
import * as launch from './actions/launch';
import * as peer from './actions/peer';
import * as processActions from './actions/process-actions';
import { makeApi, type SockscopeApi } from './api';
import { contextKeys } from './base/ids';
import * as unsupported from './base/unsupported';
import { WorkspaceParts } from './base/workspace-parts';
import { Context, setContext } from './context';
import * as history from './history/history';
import * as freePort from './ports/free-port';
import * as portHints from './ports/hints/port-hints';
import * as inUse from './ports/in-use/in-use';
import * as watchedPorts from './ports/watched-ports';
import * as whyBusy from './ports/why-busy';
import * as capture from './reconnect/capture';
import * as degrade from './reconnect/degrade';
import * as drill from './reconnect/drill';
import * as holdDown from './reconnect/hold-down';
import * as outages from './reconnect/outages';
import * as reconnects from './reconnect/timeline/timeline';
import * as tune from './reconnect/tune';
import * as unfinishedRuns from './reconnect/unfinished';
import * as wouldNotice from './reconnect/would-notice';
import * as languageTools from './tools/language-tools';
import * as mcpProvider from './tools/mcp-provider';
import * as containerNames from './tree/container-names';
import * as details from './tree/details';
import * as filter from './tree/filter';
import * as marks from './tree/marks';
import * as viewCommands from './tree/view-commands';

export type { SockscopeApi } from './api';

export function activate(extension: vscode.ExtensionContext): SockscopeApi | undefined {
  if (process.platform !== 'linux') {
    unsupported.activate(extension);
    return undefined;
  }
  setContext(contextKeys.unsupported, false);
  const context = new Context(extension);
  extension.subscriptions.push(context);
  const workspace = context.disposables.add(new WorkspaceParts());
  marks.activate(context);
  const sockets = viewCommands.activate(context, workspace);
  const launcher = launch.activate(context, sockets);
  installedAgent.activate(context, sockets, launcher);
  const agentItem = agentStatus.activate(context, launcher);
  const destroyer = destroy.activate(context, sockets, launcher);
  destroyNext.activate(context, sockets, launcher);
  const timeline = reconnects.activate(context);
  const unfinished = unfinishedRuns.activate(context);
  const heldDown = outages.activate(context, unfinished);
  drill.activate(context, sockets, launcher, timeline, unfinished);
  holdDown.activate(context, sockets, launcher, heldDown);
  degrade.activate(context, sockets, launcher);
  wouldNotice.activate(context, sockets, launcher);
  tune.activate(context, sockets, launcher);
  capture.activate(context, sockets, launcher);
  const past = history.activate(context, sockets, launcher);
  const freer = freePort.activate(context, sockets, launcher, workspace);
  const explainer = whyBusy.activate(context, sockets, launcher, workspace, freer);
  inUse.activate(context, explainer, freer);
  filter.activate(context, sockets);
  find.activate(context, sockets);
  firstSteps.activate(context);
  clipboard.activate(context, sockets);
  peer.activate(context, sockets, destroyer);
  processActions.activate(context, sockets, workspace);
  browser.activate(context, sockets);
  containerNames.activate(context, sockets.live);
  portHints.activate(context, sockets.live);
  languageTools.activate(context, workspace);
  mcpProvider.activate(context);
  return makeApi(context, {
    tree: sockets,
    agentItem,
    details: details.activate(context, sockets, destroyer.onDidDestroy),
    timeline,
    history: past,
    outages: heldDown,
    ports: watchedPorts.activate(context),
  });
}
