/** Explains why a port is busy: the agent's report, and what only the user may ask supervisors and container runtimes. */

import {
  explainPort,
  isFree,
  type Owner,
  type PortHolder,
  type PortParams,
  type PortReport,
  type ProcessDetail,
} from '../../protocol';
import { sendContainerNames } from '../container-names';
import type { Requester } from '../requester';
import { type FoundSupervisor, findSupervisor } from './find-supervisor';
import type { FreePrompts, PortAnswer } from './free-types';
import { askOfEach, inspectIfThere } from './process-life';
import { isBinding, mayBePublished, type Publisher, publishersOf, tracePublished } from './published';
import { rootsOf } from './supervisors';

/** A process that has to end so that a holder no longer holds the port. */
export interface Ending {
  readonly owner: Owner;
  readonly supervisor: FoundSupervisor | null;
}

export interface HolderDetail {
  readonly holder: PortHolder;
  /** Only of bound holders that are in the way; of processes that share a socket, those that started the others. */
  readonly endings: readonly Ending[];
  readonly publisher: Publisher | null;
}

/** The answer, and what a plan needs besides it. */
export interface PortDetail {
  readonly answer: PortAnswer;
  /** One for each holder of the answer, in its order. */
  readonly holders: readonly HolderDetail[];
}

/** Errors: as for ports/explain. */
export async function inspectPort(
  requester: Requester,
  params: PortParams,
  supervisorOf: FreePrompts['supervisorOf'],
): Promise<PortDetail> {
  const report = await explainNamed(requester, params);
  const here = report.holders.filter(isInTheWay);
  const elsewhere = report.holders.filter((holder) => !isInTheWay(holder));
  const publishers = isOwn(report) && mayBePublished(here) ? await publishersOf(params) : [];
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

/** True also of a holder without sockets: it is one for every bind. */
export function isInTheWay({ sockets, blocks }: PortHolder): boolean {
  return sockets.length === 0 || blocks.length > 0;
}

/** Bound, or a connection that only the end of its process removes. */
export function hasToEnd(holder: PortHolder): boolean {
  return isBinding(holder) || holder.remedy === 'signal';
}

/** Runtimes publish ports only in the network namespace that they run in. */
function isOwn({ netns, namespaces }: PortReport): boolean {
  return namespaces.some((namespace) => namespace.own && namespace.netns === netns);
}

/** Asks the runtimes for names of containers where the agent does not know them. */
async function explainNamed(requester: Requester, params: PortParams): Promise<PortReport> {
  const report = await requester.request(explainPort, params);
  const sockets = report.holders.flatMap((holder) => holder.sockets);
  const places = report.namespaces.filter(({ netns }) => sockets.some((socket) => socket.netns === netns));
  if (![...sockets, ...places].some(({ container }) => container?.name === null)) return report;
  const sent = await sendContainerNames(requester);
  return sent.length === 0 ? report : requester.request(explainPort, params);
}

async function withEndings(
  requester: Requester,
  holder: PortHolder,
  publisher: Publisher | null,
  supervisorOf: FreePrompts['supervisorOf'],
): Promise<HolderDetail> {
  if (!hasToEnd(holder) || holder.kind === 'published' || holder.remedy === 'none')
    return { holder, endings: [], publisher };
  const processes = await inspectAll(requester, holder.owners);
  const roots = rootsOf(holder.owners, (pid) => processes.get(pid)?.parents ?? []);
  const endings = await Promise.all(
    roots.map(async (owner) => {
      const process = processes.get(owner.pid);
      const supervisor = process ? await findSupervisor(owner, process, supervisorOf) : null;
      return { owner, supervisor };
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
  const details = await askOfEach(ids, (id) => inspectIfThere(requester, id));
  return new Map(details.flatMap((detail) => (detail ? [[detail.pid, detail]] : [])));
}
