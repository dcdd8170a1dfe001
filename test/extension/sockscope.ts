/** The extension under test, as other extensions would use it. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SockscopeApi } from '../../extension/api';
import type { GroupNode, Node, SocketNode } from '../../extension/socket-model';

export async function activate(): Promise<SockscopeApi> {
  const extension = vscode.extensions.getExtension<SockscopeApi>('sockscope.sockscope');
  assert.ok(extension, 'the extension is installed');
  const api = await extension.activate();
  assert.ok(api, 'this is Linux');
  return api;
}

export function groups(api: SockscopeApi): readonly GroupNode[] {
  return api.rows().filter((node) => node.kind === 'group');
}

export function groupOf(api: SockscopeApi, pid: number): GroupNode | undefined {
  return groups(api).find(({ subject }) => subject.kind === 'process' && subject.pid === pid);
}

/** The row of the connection with these local and remote ports. */
export function rowOf(api: SockscopeApi, local: number, remote: number | null): SocketNode | undefined {
  return groups(api)
    .flatMap((group) => group.sockets)
    .find(({ socket }) => socket.local.port === local && (socket.remote?.port ?? null) === remote);
}

/** Refreshes until there is something. */
export async function eventually<T>(api: SockscopeApi, look: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    await api.refresh();
    const found = look();
    if (found) return found;
    assert.ok(Date.now() < deadline, 'it comes within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function run<T>(command: string, ...args: (Node | string | readonly Node[])[]): Thenable<T> {
  return vscode.commands.executeCommand<T>(command, ...args);
}
