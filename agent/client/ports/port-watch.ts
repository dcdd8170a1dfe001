/** Watches for a new holder of a port by listing sockets: a trial bind could make the holder's own bind fail. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  mayCollide,
  type PortParams,
  type ProcessDetail,
  type ProcessSummary,
  type Respawn,
  type Socket,
} from '../../protocol';
import { listAll } from '../list-all';
import type { Requester } from '../requester';
import { findSupervisor } from './find-supervisor';
import type { PollIntervals } from './free-session';
import type { FreePrompts } from './free-types';
import { inspectIfThere } from './process-life';
import { restarterOf, restarterRespawn } from './restarters';

export interface Place extends PortParams {
  readonly netns: number;
}

/**
 * The first socket that is bound to the port within the watch; null: none. `known`: cookies of sockets that do not keep the port
 * busy, such as a listener that was taken over.
 */
export async function watchForHolder(
  requester: Requester,
  place: Place,
  known: readonly string[],
  { watchMs, holderMs }: Pick<PollIntervals, 'watchMs' | 'holderMs'>,
): Promise<Socket | null> {
  for (const deadline = performance.now() + watchMs; ; await sleep(holderMs)) {
    const holder = await findHolder(requester, place, known);
    if (holder || performance.now() >= deadline) return holder;
  }
}

/** Whether it can block one of the binds that are asked about. */
export function isAtPlace({ local }: Socket, { addresses = [] }: Pick<PortParams, 'addresses'>): boolean {
  return addresses.length === 0 || addresses.some((address) => mayCollide(local.address, address));
}

/** Filter for all sockets of the port. A listener of MPTCP has a port of TCP. */
export function portFilter({ port, protocol, netns }: Place): string {
  return `port:${port} proto:${protocol === 'tcp' ? 'tcp,mptcp' : protocol} net:${netns}`;
}

async function findHolder(
  requester: Requester,
  place: Place,
  known: readonly string[],
): Promise<Socket | null> {
  const { sockets } = await listAll(requester, portFilter(place));
  const isNew = ({ remote, cookie }: Socket) => remote === null && !known.includes(cookie);
  return sockets.find((socket) => isNew(socket) && isAtPlace(socket, place)) ?? null;
}

export interface Respawner {
  readonly respawn: Respawn;
  /** What started it again, where that is no supervisor that is known. */
  readonly parent: ProcessSummary | null;
}

/**
 * The supervisor of the holder, else the parent that it has in common with one of the `ended`, else the holder itself. Null: the holder
 * is hidden or gone.
 */
export async function respawnerOf(
  requester: Requester,
  { owners }: Socket,
  ended: readonly ProcessDetail[],
  supervisorOf: FreePrompts['supervisorOf'],
): Promise<Respawner | null> {
  const [owner] = owners;
  if (!owner) return null;
  const process = await inspectIfThere(requester, owner);
  const supervisor = process && (await findSupervisor(owner, process, supervisorOf));
  if (supervisor) return { respawn: supervisor.respawn, parent: null };
  const parent = process && restarterOf(process, ended);
  if (parent) return { respawn: restarterRespawn(parent), parent };
  const { pid, startTime, name } = owner;
  return { respawn: { kind: 'process', name, process: { pid, startTime } }, parent: null };
}
