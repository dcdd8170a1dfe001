/** The port that a command applies to: from its argument, a row, or an input box. */

import * as vscode from 'vscode';
import { isPort, type PortParams, type PortProtocol, type Socket } from '../../agent/protocol';
import { listMatching } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { isElsewhere } from '../tree/row-context';
import type { SocketTree } from '../tree/socket-tree';
import { holdsPort } from '../tree/sockets';
import type { Node } from '../tree/view-window';
import { ownAddresses } from './own-addresses';
import { parsePort, portMistake } from './port-input';
import { portText } from './port-text';

const t = vscode.l10n.t;

/** Argument of the port commands: a number is a TCP port. */
type PortArgument = number | Node;

/** Of a port command: a menu passes a second one. */
export type PortArguments = [given?: PortArgument, others?: unknown];

export async function chosenPort(
  context: Context,
  tree: SocketTree,
  title: string,
  ...[given, ...others]: PortArguments
): Promise<PortParams> {
  if (typeof given === 'number') {
    if (!isPort(given)) throw new Error(t('There is no port {0}.', given));
    return { port: given, protocol: 'tcp', netns: null };
  }
  // The view's title passes the row with the focus.
  const port = given && (await portOfNode(context, tree, given));
  if (port) return port;
  // A menu that came without its row (tree/selection.ts) was not that of the selected one.
  const [selected] = others.length === 0 ? tree.selection : [];
  return { ...(await ask(title, selected && labelOf(selected))), netns: null };
}

async function ask(
  title: string,
  value?: string,
): Promise<{ readonly port: number; readonly protocol: PortProtocol }> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: t('Which port? For example 3000, :3000, localhost:3000, or 53/udp'),
    placeHolder: '3000',
    validateInput: (typed) => portMistake(t, typed),
    ...(value === undefined ? {} : { value }),
  });
  const port = text === undefined ? null : parsePort(text);
  if (!port) throw new Cancelled();
  return port;
}

/** The first value of the input box, from a row that holds a port itself. */
function labelOf(node: Node): string | undefined {
  if (node.kind === 'group' && node.group.subject.kind === 'port') return `:${node.group.subject.port}`;
  if (node.kind !== 'socket' || node.row.socket.remote) return undefined;
  const { port, protocol } = portOfSocket(node.row.socket);
  return protocol === 'udp' ? `${port}/udp` : `:${port}`;
}

async function portOfNode(context: Context, tree: SocketTree, node: Node): Promise<PortParams | undefined> {
  const own = (netns: number) => (isElsewhere(netns, tree.live.rowContext) ? netns : null);
  if (node.kind === 'socket') {
    const { socket } = node.row;
    return { ...portOfSocket(socket), netns: own(socket.netns), addresses: ownAddresses([socket]) };
  }
  if (node.kind !== 'group') return undefined;
  if (node.group.subject.kind === 'process') {
    // Also what a filter hides.
    const sockets = await listMatching(await context.link.connect(), `pid:${node.group.subject.pid}`);
    return portOfProcess(sockets, own);
  }
  if (node.group.subject.kind !== 'port') return undefined;
  const { port, netns } = node.group.subject;
  const sockets = await tree.live.socketsOf(node.id);
  const protocols = sockets.map((socket) => portOfSocket(socket).protocol);
  const protocol = protocols.includes('tcp') ? 'tcp' : (protocols[0] ?? 'tcp');
  return { port, protocol, netns: own(netns), addresses: ownAddresses(sockets) };
}

/** One of the ports that the process holds; asks where there are several. Undefined: it holds none. */
async function portOfProcess(
  sockets: readonly Socket[],
  own: (netns: number) => number | null,
): Promise<PortParams | undefined> {
  const held = sockets
    .filter((socket) => socket.remote === null && holdsPort(socket))
    .map((socket) => {
      const { port, protocol } = portOfSocket(socket);
      return { port, protocol, netns: own(socket.netns) };
    });
  const ports = [...new Map(held.map((one) => [JSON.stringify(one), one])).values()];
  const [first, ...more] = ports;
  if (!first || more.length === 0) return first;
  const items = ports.map((one) => ({ label: portText(t, one), one }));
  const picked = await vscode.window.showQuickPick(items, { title: t('Which of its ports?') });
  if (!picked) throw new Cancelled();
  return picked.one;
}

function portOfSocket({ local, protocol }: Socket): {
  readonly port: number;
  readonly protocol: PortProtocol;
} {
  return { port: local.port, protocol: protocol.startsWith('udp') ? 'udp' : 'tcp' };
}
