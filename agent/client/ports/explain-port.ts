/** Explains why a port is busy: the agent's report, and what only the user may ask supervisors and container runtimes. */

import { t } from '../../common/translate';
import {
  explainPort,
  isFree,
  type Owner,
  type PortHolder,
  type PortParams,
  type PortReport,
  type ProcessDetail,
  visibleText,
} from '../../protocol';
import { askOfEach } from '../ask-of-each';
import { sendContainerNames } from '../container-names';
import type { Requester } from '../requester';
import { waitsForNoConnection } from './acceptors';
import { type FoundSupervisor, findSupervisor } from './find-supervisor';
import type { FreePrompts, PortAnswer } from './free-types';
import { type HeldUp, heldUp } from './held-up';
import { type HostedSessions, hostedSessions } from './hosted-sessions';
import { inspectIfThere } from './process-life';
import { isBinding, mayBePublished, type Publisher, publishersOf, tracePublished } from './published';
import { type SocketUnit, socketUnitOf } from './socket-units';
import { rootsOf } from './supervisors';

/** A process that has to end so that a holder no longer holds the port. */
export interface Ending {
  readonly owner: Owner;
  readonly supervisor: FoundSupervisor | null;
  /** What else would end with it; null: nothing that is known. */
  readonly sessions: HostedSessions | null;
}

export interface HolderDetail {
  readonly holder: PortHolder;
  /**
   * Only of bound holders that are in the way. Of processes that share a socket, those that may be its servers: the others were
   * started by them, or only inherited it.
   */
  readonly endings: readonly Ending[];
  /** Of all owners that are there. */
  readonly processes: readonly ProcessDetail[];
  /** Owners that only inherited a socket from one that has to end, and certainly wait for no connection. */
  readonly idle: readonly Owner[];
  /** Sessions by pid, of all owners. */
  readonly sessions: ReadonlyMap<number, HostedSessions>;
  readonly publisher: Publisher | null;
  /** The unit for which a service manager holds the port; null: none is known. */
  readonly socketUnit: SocketUnit | null;
}

/** The answer, and what a plan needs besides it. */
export interface PortDetail {
  readonly answer: PortAnswer;
  /** One for each holder of the answer, in its order. */
  readonly holders: readonly HolderDetail[];
  /** Of the processes that hold it, those that do nothing for now. */
  readonly held: readonly HeldProcess[];
}

interface HeldProcess {
  readonly process: ProcessDetail;
  readonly heldUp: HeldUp;
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
        withUnit(await withEndings(requester, params.port, holder, publisher, supervisorOf), report),
      ),
    )),
    ...elsewhere.map((holder) => withoutEndings(holder, null)),
  ];
  const answer = { ...report, holders: holders.map(({ holder }) => holder), free: isFree(report.binds) };
  const detail = { answer, holders, held: [] };
  return { ...detail, held: await heldAmong(processesOf(detail)) };
}

/** Of all holders that are in the way, each once. */
export function processesOf({ holders }: Pick<PortDetail, 'holders'>): ProcessDetail[] {
  const all = holders.flatMap(({ processes }) => processes);
  return [...new Map(all.map((process) => [process.pid, process])).values()];
}

async function heldAmong(processes: readonly ProcessDetail[]): Promise<HeldProcess[]> {
  const states = await Promise.all(processes.map(heldUp));
  return processes.flatMap((process, index) => {
    const held = states[index];
    return held ? [{ process, heldUp: held }] : [];
  });
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

function withoutEndings(holder: PortHolder, publisher: Publisher | null): HolderDetail {
  return {
    holder,
    endings: [],
    processes: [],
    idle: [],
    sessions: new Map(),
    publisher,
    socketUnit: null,
  };
}

/** A manager of another network namespace may have another socket at the same address. */
async function withUnit(detail: HolderDetail, report: PortReport): Promise<HolderDetail> {
  const socketUnit = isOwn(report) ? await socketUnitOf(detail.holder) : null;
  if (!socketUnit) return detail;
  const { name } = socketUnit;
  const why = t('{0}; systemd holds it for {1}', detail.holder.why, visibleText(name));
  return {
    ...detail,
    holder: { ...detail.holder, why, respawn: { kind: 'unit', name, process: null } },
    socketUnit,
  };
}

async function withEndings(
  requester: Requester,
  port: number,
  holder: PortHolder,
  publisher: Publisher | null,
  supervisorOf: FreePrompts['supervisorOf'],
): Promise<HolderDetail> {
  if (!hasToEnd(holder) || holder.kind === 'published' || holder.remedy === 'none')
    return withoutEndings(holder, publisher);
  const processes = await inspectAll(requester, holder.owners);
  const sessions = await sessionsOf(processes, port);
  const roots = rootsOf(holder.owners, (pid) => processes.get(pid)?.parents ?? []);
  const servers = await serversAmong(roots, sessions);
  const endings = await Promise.all(
    servers.map(async (owner) => {
      const process = processes.get(owner.pid);
      const supervisor = process ? await findSupervisor(owner, process, supervisorOf) : null;
      return { owner, supervisor, sessions: sessions.get(owner.pid) ?? null };
    }),
  );
  return {
    holder: withRemedy(await withDoubt(holder), endings),
    endings,
    processes: [...processes.values()],
    idle: await idleAmong(holder, servers),
    sessions,
    publisher,
    socketUnit: null,
  };
}

/** Of what is left of a server that is gone: it looks like a listener, and nobody ever accepts there, no worker either. */
async function withDoubt(holder: PortHolder): Promise<PortHolder> {
  if (holder.kind !== 'listener') return holder;
  const waiting = await Promise.all(holder.owners.map(waitsForNoConnection));
  if (holder.owners.length === 0 || !waiting.every(Boolean)) return holder;
  return { ...holder, why: t('{0}; it waits for no connection: its server may be gone', holder.why) };
}

/** What stops the processes, and what else would end with them. */
function withRemedy(holder: PortHolder, endings: readonly Ending[]): PortHolder {
  const hosting = endings.find(({ sessions }) => sessions);
  if (hosting?.sessions) {
    const { text, release } = hosting.sessions;
    return { ...holder, why: `${holder.why}; ${text}`, remedy: release ? 'release' : 'none' };
  }
  const supervisor = endings.find((ending) => ending.supervisor)?.supervisor;
  if (!supervisor) return holder;
  const stop = supervisor.respawn.kind === 'container' ? 'stop-container' : 'stop-supervisor';
  return { ...holder, remedy: supervisor.stop ? stop : 'none', respawn: supervisor.respawn };
}

async function sessionsOf(
  processes: ReadonlyMap<number, ProcessDetail>,
  port: number,
): Promise<ReadonlyMap<number, HostedSessions>> {
  const found = await Promise.all(
    [...processes.values()].map(
      async (process) => [process.pid, await hostedSessions(process, port)] as const,
    ),
  );
  return new Map(found.flatMap(([pid, sessions]) => (sessions ? [[pid, sessions]] : [])));
}

/**
 * Of processes of which none has started another, those that can be the server; all, where none can. A program that carries sessions,
 * or that waits for no connection and is another program than one that does, only inherited the socket.
 */
async function serversAmong(
  roots: readonly Owner[],
  sessions: ReadonlyMap<number, HostedSessions>,
): Promise<readonly Owner[]> {
  if (roots.length < 2) return roots;
  const hostless = roots.filter(({ pid }) => !sessions.has(pid));
  const waiting = await Promise.all(hostless.map(waitsForNoConnection));
  const serving = hostless.filter((_, index) => !waiting[index]);
  const programs = new Set(serving.map(({ name }) => name));
  const servers = hostless.filter((owner) => serving.includes(owner) || programs.has(owner.name));
  return [servers, hostless, roots].find(({ length }) => length > 0) ?? [];
}

/** Of several owners, those that accept nothing while one of the servers may. */
async function idleAmong({ owners }: PortHolder, servers: readonly Owner[]): Promise<readonly Owner[]> {
  const others = owners.filter(({ pid }) => !servers.some((server) => server.pid === pid));
  const waiting = await Promise.all(others.map(waitsForNoConnection));
  return others.filter((_, index) => waiting[index]);
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
