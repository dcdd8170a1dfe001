/** Open in Browser: a listening TCP socket as the web page that it may serve. */

import * as vscode from 'vscode';
import { formatEndpoint, type Socket, withoutMapping } from '../../agent/protocol';
import { commands } from '../base/ids';
import type { Context } from '../context';
import { isElsewhere, namespaceText } from '../tree/row-context';
import { chosenNodes, type RowArguments } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { isListener } from '../tree/sockets';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree): void {
  context.command(commands.openInBrowser, async (...chosen: RowArguments) => {
    const [row] = chosenNodes(t, tree, chosen);
    const socket = row?.kind === 'socket' ? row.row.socket : undefined;
    if (!socket || !isListener(socket))
      throw new Error(t('Select a listening TCP socket in the Sockscope view.'));
    const rowContext = tree.live.rowContext;
    if (isElsewhere(socket.netns, rowContext))
      throw new Error(
        t(
          'It listens in another network namespace ({0}), where a browser cannot go.',
          namespaceText(t, socket.netns, rowContext),
        ),
      );
    await vscode.env.openExternal(await reachable(vscode.Uri.parse(pageAddress(socket))));
  });
}

const securePorts: ReadonlySet<number> = new Set([443, 8443]);

/** Through the editor's port forwarding; an editor without one opens the address itself. */
async function reachable(page: vscode.Uri): Promise<vscode.Uri> {
  try {
    return await vscode.env.asExternalUri(page);
  } catch {
    return page;
  }
}

/** Port forwarding knows localhost. */
function pageAddress({ local: { address, port } }: Socket): string {
  const host = withoutMapping(address);
  const isWildcard = host === '0.0.0.0' || host === '::';
  const scheme = securePorts.has(port) ? 'https' : 'http';
  return `${scheme}://${formatEndpoint({ address: isWildcard ? 'localhost' : host, port })}/`;
}
