/** Filters a view by its setting: This Workspace, Mine or Everything. */

import { isAbsolute, relative } from 'node:path';
import type { OwnerRecord } from '../broker-link/records';
import type { SeenSocket } from '../inventory/inventory';
import { processKey, type Show, type Workspace } from '../protocol';
import type { Processes } from '../system/processes';
import type { ClientIdentity } from '../system/users';
import { isUidOf } from '../system/users';
import type { PortMemory } from './port-memory';

export interface ShowContext {
  readonly client: ClientIdentity;
  readonly ports: PortMemory;
  readonly processes: Processes;
  readonly workspace: Workspace;
}

/** A predicate. Make a new one for each pass: it caches facts about processes. */
export function showFilter(show: Show, context: ShowContext): (seen: SeenSocket) => boolean {
  switch (show) {
    case 'everything':
      return () => true;
    case 'mine':
      return (seen) => isMine(seen, context);
    case 'workspace':
      return inWorkspace(context);
  }
}

function isMine({ holders, socket }: SeenSocket, { client, ports }: ShowContext): boolean {
  const uids = holders.length > 0 ? holders.map(({ uid }) => uid) : ports.uidsOf(socket);
  return uids.some((uid) => isUidOf(uid, client.uid));
}

function inWorkspace({ processes, workspace }: ShowContext): (seen: SeenSocket) => boolean {
  const roots = new Set(workspace.roots);
  const known = new Map<string, boolean>();
  const belongs = (owner: OwnerRecord) => {
    const key = processKey(owner);
    const before = known.get(key);
    if (before !== undefined) return before;
    const found =
      processes.lineage(owner).some((pid) => roots.has(pid)) ||
      isBelow(processes.workingDirectory(owner), workspace.folders);
    known.set(key, found);
    return found;
  };
  return ({ holders }) => holders.some(belongs);
}

function isBelow(path: string | null, folders: readonly string[]): boolean {
  if (path === null) return false;
  return folders.some((folder) => {
    const below = relative(folder, path);
    return below !== '..' && !below.startsWith('../') && !isAbsolute(below);
  });
}
