/** Why a port is busy, as its user can find out: what the agent sees, and what only the user may ask. */

import {
  explainPort,
  isFree,
  limits,
  nameContainers,
  type Owner,
  type PortHolder,
  type PortParams,
  type PortReport,
  type ProcessDetail,
} from '../../protocol';
import { containerNames } from '../container-names';
import type { Requester } from '../requester';
import { type FoundSupervisor, findSupervisor } from './find-supervisor';
import type { Person, PortAnswer } from './free-types';
import { inspectIfThere } from './process-life';
import { isBinding, mayBePublished, type Publisher, publishersOf, tracePublished } from './published';
import { rootsOf } from './supervisors';

/** A process whose end takes a holder out of the way. */
export interface Ending {
  readonly owner: Owner;
  /** Null: not known. */
  readonly uid: number | null;
  readonly supervisor: FoundSupervisor | null;
}

export interface KnownHolder {
  readonly holder: PortHolder;
  /** Of what is bound in the asked network namespace: of processes that share a socket, only those that started the others. */
  readonly endings: readonly Ending[];
  readonly publisher: Publisher | null;
}

/** An answer with all that a plan needs. */
export interface KnownPort {
  readonly answer: PortAnswer;
  /** One for each of the answer's. */
  readonly holders: readonly KnownHolder[];
}

/** Requests: an agent answers only so many at once. */
const inspectedAtOnce = 8;

/** Errors: as for ports/explain. */
export async function explainAsUser(
  requester: Requester,
  params: PortParams,
  supervisorOf: Person['supervisorOf'] = () => null,
): Promise<PortAnswer> {
  return (await lookAtPort(requester, params, supervisorOf)).answer;
}

/** Errors: as for ports/explain. */
export async function lookAtPort(
  requester: Requester,
  params: PortParams,
  supervisorOf: Person['supervisorOf'],
): Promise<KnownPort> {
  const report = await explainNamed(requester, params);
  const here = report.holders.filter((holder) => isHere(holder, report.netns));
  const elsewhere = report.holders.filter((holder) => !isHere(holder, report.netns));
  const publishers =
    isOwn(report) && mayBePublished(here) ? await publishersOf(params.port, params.protocol) : [];
  const holders = [
    ...(await Promise.all(
      tracePublished(here, publishers).map(async ({ holder, publisher }) =>
        withEndings(requester, holder, publisher, supervisorOf),
      ),
    )),
    ...elsewhere.map((holder) => ({ holder, endings: [], publisher: null })),
  ];
  const answer = { ...report, holders: holders.map(({ holder }) => holder), free: isFree(report.binds) };
  return { answer, holders };
}

/** True also of what is known without a socket. */
export function isHere({ sockets }: PortHolder, netns: number): boolean {
  return sockets.every((socket) => socket.netns === netns);
}

/** Bound, or a connection that nothing but the end of its process takes away. */
export function hasToEnd(holder: PortHolder): boolean {
  return isBinding(holder) || holder.remedy === 'signal';
}

/** The runtimes publish ports where they run themselves. */
function isOwn({ netns, namespaces }: PortReport): boolean {
  return namespaces.some((namespace) => namespace.own && namespace.netns === netns);
}

/** Containers that the agent cannot name are named, if their runtime can. */
async function explainNamed(requester: Requester, params: PortParams): Promise<PortReport> {
  const report = await requester.request(explainPort, params);
  const sockets = report.holders.flatMap((holder) => holder.sockets);
  const places = report.namespaces.filter(({ netns }) => sockets.some((socket) => socket.netns === netns));
  if (![...sockets, ...places].some(({ container }) => container?.name === null)) return report;
  const containers = (await containerNames()).slice(0, limits.containers);
  if (containers.length === 0) return report;
  await requester.request(nameContainers, { containers });
  return requester.request(explainPort, params);
}

async function withEndings(
  requester: Requester,
  holder: PortHolder,
  publisher: Publisher | null,
  supervisorOf: Person['supervisorOf'],
): Promise<KnownHolder> {
  if (!hasToEnd(holder) || holder.kind === 'published' || holder.remedy === 'none')
    return { holder, endings: [], publisher };
  const processes = await inspectAll(requester, holder.owners);
  const roots = rootsOf(holder.owners, (pid) => processes.get(pid)?.parents ?? []);
  const endings = await Promise.all(
    roots.map(async (owner) => {
      const process = processes.get(owner.pid);
      const supervisor = process ? await findSupervisor(owner, process, supervisorOf) : null;
      return { owner, uid: process?.uid ?? null, supervisor };
    }),
  );
  const supervisor = endings.find((ending) => ending.supervisor)?.supervisor;
  if (!supervisor) return { holder, endings, publisher };
  const stop = supervisor.respawn.kind === 'container' ? 'stop-container' : 'stop-supervisor';
  const remedy = supervisor.stop ? stop : 'none';
  return { holder: { ...holder, remedy, respawn: supervisor.respawn }, endings, publisher };
}

/** By pid; without those that have ended. */
async function inspectAll(
  requester: Requester,
  owners: readonly Owner[],
): Promise<ReadonlyMap<number, ProcessDetail>> {
  const ids = [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
  const details: (ProcessDetail | null)[] = [];
  for (let start = 0; start < ids.length; start += inspectedAtOnce) {
    const some = ids.slice(start, start + inspectedAtOnce);
    details.push(...(await Promise.all(some.map((id) => inspectIfThere(requester, id)))));
  }
  return new Map(details.flatMap((detail) => (detail ? [[detail.pid, detail]] : [])));
}
