/** The extension under test, as other extensions would use it. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SockscopeApi } from '../../extension/api';
import type { GroupNode, Node, SocketNode } from '../../extension/tree/view-window';

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
  return groups(api).find(({ group: { subject } }) => subject.kind === 'process' && subject.pid === pid);
}

/** The sockets of a group, or of all that are open. */
export function sockets(api: SockscopeApi, group?: GroupNode): readonly SocketNode[] {
  const parents = group ? [group] : groups(api);
  return parents.flatMap((parent) => api.rows(parent)).filter((node) => node.kind === 'socket');
}

/** The row of the connection with these local and remote ports, in an open group. */
export function rowOf(api: SockscopeApi, local: number, remote: number | null): SocketNode | undefined {
  return sockets(api).find(
    ({ row: { socket } }) => socket.local.port === local && (socket.remote?.port ?? null) === remote,
  );
}

/** Opens the group of a process, and waits for its rows. */
export async function openProcess(api: SockscopeApi, pid: number): Promise<GroupNode> {
  let group: GroupNode | undefined;
  // On a busy machine the workbench may not have the row yet, or read the tree anew at that moment.
  await becomes(
    () => group && sockets(api, group).length > 0,
    async () => {
      group = groupOf(api, pid);
      if (group) await api.expand(group).catch(() => {});
    },
  );
  assert.ok(group);
  return group;
}

/** Refreshes until `find` has a result. */
export async function eventually<T>(api: SockscopeApi, find: () => T | undefined | false): Promise<T> {
  return becomes(find, () => api.refresh());
}

/** Waits, without a refresh, until `find` has a result. */
export async function becomes<T>(
  find: () => T | undefined | false,
  meanwhile: () => Promise<void> = async () => {},
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    await meanwhile();
    const found = find();
    if (found) return found;
    assert.ok(Date.now() < deadline, `no result within 60 s: ${find}`);
    await pause(50);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function run<T>(command: string, ...args: (Node | string | number | readonly Node[])[]): Thenable<T> {
  return vscode.commands.executeCommand<T>(command, ...args);
}
