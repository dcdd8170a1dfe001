/** Whether somebody holds a port again, seen without a bind, which could stand in their way. */

import { setTimeout as sleep } from 'node:timers/promises';
import { listSockets, type PortParams, type Respawn, type Socket } from '../../protocol';
import type { Requester } from '../requester';
import { findSupervisor } from './find-supervisor';
import type { Pace } from './free-session';
import type { Person } from './free-types';
import { inspectIfThere } from './process-life';

interface Place extends PortParams {
  readonly netns: number;
}

/**
 * The first socket that is bound to the port within the watch; null: none. `known`: cookies of sockets that proved to be
 * no hindrance, such as a listener that was taken over, which keeps its port for its owner.
 */
export async function watchForHolder(
  requester: Requester,
  place: Place,
  known: readonly string[],
  { watchMs, holderMs }: Pace,
): Promise<Socket | null> {
  for (const deadline = performance.now() + watchMs; ; await sleep(holderMs)) {
    const holder = await findHolder(requester, place, known);
    if (holder || performance.now() >= deadline) return holder;
  }
}

/** Sockets of the port, whoever has them. A listener of MPTCP has a port of TCP. */
export function portFilter({ port, protocol, netns }: Place): string {
  return `port:${port} proto:${protocol === 'tcp' ? 'tcp,mptcp' : protocol} net:${netns}`;
}

async function findHolder(
  requester: Requester,
  place: Place,
  known: readonly string[],
): Promise<Socket | null> {
  const { sockets } = await requester.request(listSockets, { filter: portFilter(place) });
  return sockets.find(({ remote, cookie }) => remote === null && !known.includes(cookie)) ?? null;
}

/** Who started it; the process itself where nobody is known to have. Null: it is out of sight, or gone again. */
export async function respawnerOf(
  requester: Requester,
  { owners }: Socket,
  supervisorOf: Person['supervisorOf'],
): Promise<Respawn | null> {
  const [owner] = owners;
  if (!owner) return null;
  const process = await inspectIfThere(requester, owner);
  const supervisor = process && (await findSupervisor(owner, process, supervisorOf));
  if (supervisor) return supervisor.respawn;
  const { pid, startTime, name } = owner;
  return { kind: 'process', name, process: { pid, startTime } };
}
