/** Where VS Code comes in: lists the features, and leaves the rest to them. */

import type * as vscode from 'vscode';
import { makeApi, type SockscopeApi } from './api';
import * as browser from './browser';
import * as clipboard from './clipboard';
import * as containerNames from './container-names';
import { Context, setContext } from './context';
import * as destroy from './destroy';
import * as destroyNext from './destroy-next';
import * as details from './details';
import * as filter from './filter';
import { contextKeys } from './ids';
import * as launch from './launch';
import * as marks from './marks';
import * as peer from './peer';
import * as freePort from './ports/free-port';
import * as inUse from './ports/in-use';
import * as portHints from './ports/port-hints';
import * as watchedPorts from './ports/watched-ports';
import * as whyBusy from './ports/why-busy';
import * as processActions from './process-actions';
import * as drill from './reconnect/drill';
import * as holdDown from './reconnect/hold-down';
import * as outages from './reconnect/outages';
import * as timeline from './reconnect/timeline';
import * as unsupported from './unsupported';
import * as viewCommands from './view-commands';
import { WorkspaceParts } from './workspace-parts';

export type { SockscopeApi } from './api';

export function activate(extension: vscode.ExtensionContext): SockscopeApi | undefined {
  setContext(contextKeys.unsupported, process.platform !== 'linux');
  if (process.platform !== 'linux') {
    unsupported.activate(extension);
    return undefined;
  }
  const context = new Context(extension);
  extension.subscriptions.push(context);
  const workspace = context.bag.add(new WorkspaceParts());
  marks.activate(context);
  const sockets = viewCommands.activate(context, workspace);
  const launcher = launch.activate(context);
  const destroyer = destroy.activate(context, sockets, launcher);
  destroyNext.activate(context, sockets, launcher);
  const timeLine = timeline.activate(context);
  drill.activate(context, sockets, launcher, timeLine);
  holdDown.activate(context, sockets, launcher);
  const freer = freePort.activate(context, sockets, launcher, workspace);
  const explainer = whyBusy.activate(context, sockets, launcher, workspace, freer);
  inUse.activate(context, explainer, freer);
  filter.activate(context, sockets);
  clipboard.activate(context, sockets);
  peer.activate(context, sockets, destroyer);
  processActions.activate(context, sockets, workspace);
  browser.activate(context, sockets);
  containerNames.activate(context, sockets.live);
  portHints.activate(context, sockets.live);
  return makeApi(context, {
    tree: sockets,
    details: details.activate(context, sockets),
    timeLine,
    outages: outages.activate(context),
    ports: watchedPorts.activate(context),
  });
}
