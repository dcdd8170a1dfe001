/** Where VS Code comes in: lists the features, and leaves the rest to them. */

import type * as vscode from 'vscode';
import { makeApi, type SockscopeApi } from './api';
import * as clipboard from './clipboard';
import { Context, setContext } from './context';
import * as destroy from './destroy';
import * as destroyNext from './destroy-next';
import * as filter from './filter';
import { contextKeys } from './ids';
import * as launch from './launch';
import * as tree from './socket-tree';
import * as unsupported from './unsupported';

export type { SockscopeApi } from './api';

export function activate(extension: vscode.ExtensionContext): SockscopeApi | undefined {
  setContext(contextKeys.unsupported, process.platform !== 'linux');
  if (process.platform !== 'linux') {
    unsupported.activate(extension);
    return undefined;
  }
  const context = new Context(extension);
  extension.subscriptions.push(context);
  const sockets = tree.activate(context);
  const launcher = launch.activate(context);
  destroy.activate(context, sockets, launcher);
  destroyNext.activate(context, sockets, launcher);
  filter.activate(context, sockets);
  clipboard.activate(context, sockets);
  return makeApi(context, sockets);
}
