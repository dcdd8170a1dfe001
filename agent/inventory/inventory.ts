/** The result of one scan: all sockets, with owners, peers, container and lifeline. */

import type { DestroyRecord } from '../broker-link/destroy-records';
import type { JoinedRows } from '../broker-link/joined-rows';
import type { KernelListing } from '../broker-link/list-records';
import type { SocketRecord } from '../broker-link/records';
import { filterInSlices, mapInSlices } from '../common/slices';
import { type Filter, idKey, type LeftOut, type Namespace, type SocketId, stateWord } from '../protocol';
import type { Processes, Program } from '../system/processes';
import { remoteOf } from './describe-socket';
import { rowMatcher, type SocketRows } from './filter-match';
import type { SeenSocket } from './known-socket';
import { describeNamespaces } from './namespaces';
import { SocketObjects } from './socket-objects';

export type { SeenSocket } from './known-socket';

/** For the broker. */
export function toDestroyRecord({ record, socket: { owners } }: SeenSocket): DestroyRecord {
  const { netns, cookie, family, protocol, kernelState, local, remote } = record;
  return { netns, cookie, family, protocol, kernelState, local, remote, owner: owners[0]?.pid ?? 0 };
}

/** What scans share: the processes, and properties of the agent. */
export interface ScanCache {
  readonly processes: Processes;
  /** Inode number of the agent's own network namespace. */
  readonly own: number;
  readonly seesEveryOwner: boolean;
  /** Asks for what the description of new processes needs. */
  prepare(rows: JoinedRows): Promise<void>;
  /** Ids of the kernel's own sockets among these, none of which has a visible owner. */
  kernelOwned(hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>>;
}

/** By namespace, of all that were found: the errno where one could not be read, else null. Only what was read says what is not there. */
export type NamespaceErrnos = ReadonlyMap<number, string | null>;

export class Inventory {
  readonly rows: JoinedRows;
  /** By their numbers in the rows. */
  readonly programs: readonly Program[];
  /** For answers: at most limits.namespaces. */
  readonly namespaces: readonly Namespace[];
  readonly errnos: NamespaceErrnos;
  readonly leftOut: LeftOut;
  readonly #objects: SocketObjects;

  private constructor(
    { rows, leftOut }: Pick<KernelListing, 'rows' | 'leftOut'>,
    programs: readonly Program[],
    { namespaces, errnos }: Pick<Inventory, 'namespaces' | 'errnos'>,
    before: Inventory | null,
  ) {
    this.rows = rows;
    this.programs = programs;
    this.namespaces = namespaces;
    this.errnos = errnos;
    this.leftOut = leftOut;
    this.#objects = new SocketObjects(rows, programs, before ? before.#objects : null);
  }

  /** Describes the sockets of one listing. `before`: that of the rows with which its rows were joined. */
  static async of(
    listing: KernelListing,
    cache: ScanCache,
    before: Inventory | null = null,
  ): Promise<Inventory> {
    const { rows } = listing;
    const { processes, own, seesEveryOwner } = cache;
    const prepared = cache.prepare(rows);
    // The broker looks for them while processes are read. What it is asked for these comes first: it takes no time.
    const kernels = kernelsOf(rows, cache);
    await prepared;
    const programs = await mapInSlices(rows.programs, (program) => processes.program(program));
    rows.describe({ programs, kernels: await kernels, own, seesEveryOwner });
    const namespaces = describeNamespaces(listing.namespaces, rows.containers(), own);
    return new Inventory(listing, programs, { namespaces, errnos: errnosOf(listing) }, before);
  }

  /** The same scan without the objects that were made of it: its rows take a tenth of their memory. */
  packed(): Inventory {
    return new Inventory(this, this.programs, this, null);
  }

  get(id: SocketId): SeenSocket | undefined {
    const number = this.rows.find(id);
    return number === null ? undefined : this.#objects.at(number);
  }

  /** In any network namespace: no two sockets of the machine have one cookie. */
  withCookie(cookie: string): SeenSocket | undefined {
    const number = this.rows.findCookie(cookie);
    return number === null ? undefined : this.#objects.at(number);
  }

  /** `id`: an idKey. */
  byId(id: string): SeenSocket | undefined {
    const [netns, cookie = ''] = id.split(':');
    return this.get({ netns: Number(netns), cookie });
  }

  /** Makes the object of each socket. */
  *all(): Generator<SeenSocket> {
    for (let number = 0; number < this.rows.size; number++) yield this.#objects.at(number);
  }

  /** Makes all objects in slices, so that `all` costs little afterwards. */
  async makeAll(): Promise<void> {
    await mapInSlices(this.all(), () => null);
  }

  /** Their numbers. `matches`: as the filter, which leaves out most before there is an object of them. */
  async numbersOf(filter: Filter, matches: (seen: SeenSocket) => boolean): Promise<number[]> {
    const mayMatch = rowMatcher(filter);
    const numbers = Array.from({ length: this.rows.size }, (_, number) => number);
    return filterInSlices(
      numbers,
      (number) => mayMatch(this.#rowsOf(number)) && matches(this.#objects.at(number)),
    );
  }

  #rowsOf(number: number): SocketRows {
    const { netns, cookie, protocol, local, remote, kernelState, uid } = this.rows.traits(number);
    return {
      netns,
      cookie,
      protocol,
      local,
      remote: remoteOf(remote),
      state: stateWord(kernelState, protocol, local.port),
      uid,
      owners: this.rows.programsOf(number).map((program) => this.programs[program] as Program),
    };
  }
}

function errnosOf({ namespaces }: KernelListing): NamespaceErrnos {
  return new Map(namespaces.map(({ netns, errno }) => [netns, errno]));
}

/** Sockets that the kernel itself holds. */
async function kernelsOf(rows: JoinedRows, cache: ScanCache): Promise<number[]> {
  if (!cache.seesEveryOwner) return [];
  const hidden = rows.hidden();
  const records = hidden.map((socket) => rows.record(socket));
  const ids = await cache.kernelOwned(records);
  if (ids.size === 0) return [];
  return hidden.filter((_, at) => ids.has(idKey(records[at] as SocketRecord)));
}
