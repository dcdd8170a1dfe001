/** Where an agent is reached, and whether what stands there can be trusted. */

import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

/** The agent of one user: a Unix socket in folders that only root can change. */
export function agentSocketPath(uid: number): string {
  return `/run/sockscope/${uid}/agent.sock`;
}

export type EndpointState =
  | { readonly kind: 'present' }
  | { readonly kind: 'absent' }
  /** Somebody else could have put it there: do not connect. */
  | { readonly kind: 'untrusted'; readonly message: string };

/** A folder that others can write could hold anybody's socket, so both folders below /run must be root's alone. */
export function inspectEndpoint(uid: number): EndpointState {
  const path = agentSocketPath(uid);
  for (const folder of [dirname(dirname(path)), dirname(path)]) {
    const stats = statOf(folder);
    if (!stats) return { kind: 'absent' };
    if (!isRootsFolder(stats)) return untrusted(folder, 'is not a folder that only root can change');
  }
  const stats = statOf(path);
  if (!stats) return { kind: 'absent' };
  if (!stats.isSocket() || stats.uid !== uid) return untrusted(path, `is not a socket of uid ${uid}`);
  return { kind: 'present' };
}

export function isRootsFolder(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === 0 && (stats.mode & 0o022) === 0;
}

function untrusted(path: string, reason: string): EndpointState {
  return {
    kind: 'untrusted',
    message: `${path} ${reason}, so it may not be the agent's: remove it as root, then start the agent again`,
  };
}

function statOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}
