/** Scans the machine's sockets, with caches that last as long as the agent. */

import { KernelRefusal } from '../broker-link/broker-channel';
import { JoinedRows } from '../broker-link/joined-rows';
import { type KernelListing, type ListSelection, maxSelected } from '../broker-link/list-records';
import type { SocketRecord } from '../broker-link/records';
import { collectGarbage } from '../common/collect-garbage';
import type { Pass } from '../common/fair-queue';
import { ownNamespace } from '../common/own-namespace';
import { SharedRun } from '../common/shared-run';
import { idKey, nothingLeftOut, type SocketId } from '../protocol';
import { Processes } from '../system/processes';
import { EndFacts } from './end-facts';
import { Inventory, type ScanCache, type SeenSocket } from './inventory';
import type { KernelOwned } from './kernel-owned';
import { hasUnchanged, haveYoungOwner, processesOf, RecentScans, recentMs } from './recent-scans';
import type { Source } from './source';
import type { Seen } from './unseen';

/** A UDP socket survives an error, and keeps its port. */
function outlived(seen: SeenSocket | undefined): boolean {
  return seen !== undefined && !seen.closed && seen.socket.protocol === 'udp';
}

/** So long after the last scan, the rows of scans are given back, too. */
const keptMs = 60_000;

const noIds: ReadonlySet<string> = new Set();

/** Ports of a socket, or of what is asked for; `netns`: where it is, if that is known. */
export interface PortEnds {
  readonly netns?: number | null;
  readonly local: { readonly port: number };
  readonly remote: { readonly port: number } | null;
}

async function nothing(): Promise<KernelListing> {
  const rows = await JoinedRows.of(Buffer.alloc(0));
  return { rows, namespaces: [], ends: [], lostEvents: 0, leftOut: nothingLeftOut };
}

function portsOf({ local, remote }: PortEnds): number[] {
  return [local.port, remote?.port ?? 0].filter((port) => port > 0);
}

/** Both ends of a connection have both of its ports. The higher one is mostly its client's, which few sockets have. */
function rarePortOf({ local, remote }: PortEnds): number {
  return Math.max(local.port, remote?.port ?? 0);
}

/** It may wait for whoever listens on its local port to accept it. */
function mayBeQueued({ socket, holders }: SeenSocket): boolean {
  return holders.length === 0 && socket.remote !== null && socket.state !== 'time-wait';
}

/** Whether a scan of these ports has the listeners of all that it found, and these ends. */
function hasAll(inventory: Inventory, ports: readonly number[], ends: readonly PortEnds[]): boolean {
  const found = [...inventory.all()];
  if (found.some((seen) => mayBeQueued(seen) && !ports.includes(seen.socket.local.port))) return false;
  const there = new Set(found.map(({ socket }) => portsOf(socket).join()));
  return ends.every((end) => end.remote === null || there.has(portsOf(end).join()));
}

/** Whether a scan for these ends need not be one of all sockets. */
export function canSelect(ends: readonly PortEnds[]): boolean {
  return distinct(ends.flatMap(portsOf)).length <= maxSelected;
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)];
}

export class Scanner implements ScanCache {
  readonly processes: Processes;
  readonly ends = new EndFacts();
  readonly own = ownNamespace();
  readonly #source: Source;
  readonly #selections: ScanCache;
  readonly #kernelOwnedOfSelections: KernelOwned | null;
  readonly #kernelOwned: KernelOwned | null;
  readonly #scans = new SharedRun((pass) => this.#scan(pass));
  readonly #recent = new RecentScans();
  /** The newest of all sockets; with its objects, as long as anybody has these. */
  #whole: Inventory | null = null;
  #wholeWithObjects: WeakRef<Inventory> | null = null;
  #rest: NodeJS.Timeout | undefined;
  #wholeScans = 0;
  /** Which of them the newest one was. */
  #newest = 0;

  /** `findKernelOwned`: null where the kernel's own sockets cannot be told. */
  constructor(source: Source, findKernelOwned: (() => KernelOwned) | null) {
    this.processes = new Processes(source.workingDirectories, source.carriers);
    this.#source = source;
    // Apart from that of whole scans, which compare each with the one before.
    this.#selections = {
      processes: this.processes,
      own: this.own,
      seesEveryOwner: source.seesEveryOwner,
      prepare: (rows) => this.prepare(rows),
      kernelOwned: (hidden) => this.#among(this.#kernelOwnedOfSelections, hidden),
    };
    this.#kernelOwned = findKernelOwned?.() ?? null;
    this.#kernelOwnedOfSelections = findKernelOwned?.() ?? null;
  }

  get seesEveryOwner(): boolean {
    return this.#source.seesEveryOwner;
  }

  /** Call it before these processes are described: /proc may hide them. Errors: brokerLost, kernelRefused. */
  async learn(pids: Iterable<number>): Promise<void> {
    await this.#source.hidden?.learn(pids);
  }

  /** Whether a process that a client names carries a session. */
  async carriesSession(pid: number): Promise<boolean> {
    const [carries] = await this.#source.carriers([pid]);
    return carries === true;
  }

  async prepare(rows: JoinedRows): Promise<void> {
    this.processes.beginScan();
    const due = this.processes.unread(rows.programs);
    if (this.#source.hidden) await this.learn(new Set(due.map(({ pid }) => pid)));
    await this.processes.learn(due);
  }

  /** Of processes that a client names; null: not readable. */
  async workingDirectory(pid: number): Promise<string | null> {
    const [path = null] = await this.#source.workingDirectories([pid]);
    return path;
  }

  /** All sockets as they are after this call; scans are shared by all who wait for one. Errors: brokerLost, kernelRefused. */
  scan(): Promise<Inventory> {
    return this.#scans.next();
  }

  /**
   * As scan, of these ends, their peers and, where they may wait to be accepted, their listeners, whatever else the machine has.
   * More ends than a request takes are a scan of everything.
   */
  async scanFor(ends: readonly PortEnds[]): Promise<Inventory> {
    if (ends.length === 0) return Inventory.of(await nothing(), this.#selections);
    const namespaces = distinct(ends.flatMap(({ netns }) => netns ?? []));
    const ports = distinct(ends.flatMap(portsOf));
    const rare = distinct(ends.map(rarePortOf));
    const fits = (selected: readonly number[]) => selected.length <= maxSelected;
    // A raw socket has no ports: no selection finds it.
    if (rare.includes(0) || !fits(rare) || !fits(namespaces)) return this.scan();
    const inventory = await this.#scanPorts(rare, namespaces);
    if (rare.length === ports.length || hasAll(inventory, rare, ends)) return inventory;
    return fits(ports) ? this.#scanPorts(ports, namespaces) : this.scan();
  }

  /** As one of the newest scans has it, which may be long ago; of MPTCP several sockets may be one to others: none. */
  lastSeen(cookie: string): SeenSocket | undefined {
    const seen = this.#recent.withCookie(cookie);
    return seen && seen.socket.protocol !== 'mptcp' && !seen.record.mptcp ? seen : undefined;
  }

  /**
   * These sockets as a recent scan has them: who has held them and their peers since then, carries no session that it did not then.
   * Null where that does not follow, and they have to be scanned again.
   */
  recall(ids: readonly SocketId[]): Seen | null {
    const seen = this.#recent.find(ids);
    if (!seen || !processesOf(seen) || haveYoungOwner(seen)) return null;
    const byId = new Map(seen.map((one) => [one.id, one]));
    return { get: (id) => byId.get(idKey(id)), leftOut: nothingLeftOut, errnos: new Map() };
  }

  /** As scanFor, of sockets that a recent scan has: where all is as it was then, only the processes that hold them are read. */
  async scanAgain(sockets: readonly (SocketId & PortEnds)[]): Promise<Inventory> {
    const before = this.#recent.find(sockets);
    const processes = before && processesOf(before);
    if (!processes || processes.length > maxSelected) return this.scanFor(sockets);
    const rare = distinct(sockets.map(rarePortOf));
    const ports = rare.includes(0) ? [] : rare;
    const now = await this.#scanSelected({ ports, namespaces: [], processes }).catch(() => null);
    return now && hasUnchanged(now, before) ? now : this.scanFor(sockets);
  }

  /** What these processes hold; null where they are too many for a request, or hold too much, or the kernel cannot list it. */
  async heldBy(pids: readonly number[]): Promise<readonly SocketRecord[] | null> {
    const processes = distinct(pids);
    if (processes.length > maxSelected) return null;
    try {
      const { rows, leftOut } = await this.#source.list({ ports: [], namespaces: [], processes });
      return leftOut.sockets > 0 ? null : rows.records();
    } catch (error) {
      if (error instanceof KernelRefusal) return null;
      throw error;
    }
  }

  async #scanPorts(ports: readonly number[], namespaces: readonly number[]): Promise<Inventory> {
    const begun = performance.now();
    const inventory = await this.#scanSelected({ ports, namespaces });
    this.#recent.add('selected', inventory, begun);
    this.#restLater();
    return inventory;
  }

  async #scanSelected(selection: ListSelection): Promise<Inventory> {
    return Inventory.of(await this.#source.list(selection), this.#selections);
  }

  /** How often all sockets were scanned. */
  get wholeScans(): number {
    return this.#wholeScans;
  }

  /** `pass`: called once it waits for a walker, which may never answer. */
  async #scan(pass: Pass): Promise<Inventory> {
    const number = ++this.#wholeScans;
    const begun = performance.now();
    const before = this.#wholeWithObjects?.deref() ?? this.#whole;
    const listing = await this.#source.list(undefined, { before: before?.rows ?? null, pass });
    if (listing.lostEvents === 0) this.ends.add(listing.ends);
    const isNewest = () => number > this.#newest;
    const inventory = await Inventory.of(listing, this, isNewest() ? before : null);
    if (listing.lostEvents > 0) this.ends.lost(listing.rows.records());
    for (const end of listing.ends) if (outlived(inventory.get(end))) this.ends.forget(end);
    if (isNewest()) this.#keep(number, inventory, begun);
    return inventory;
  }

  #keep(number: number, inventory: Inventory, begun: number): void {
    this.#newest = number;
    this.#whole = inventory;
    this.#wholeWithObjects = new WeakRef(inventory);
    this.#recent.add('whole', inventory, begun);
    this.#restLater();
  }

  /** Scans that nobody waits for are given back: their objects once they are not recent any more, their rows later. */
  #restLater(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#recent.pack();
      this.#whole = this.#whole?.packed() ?? null;
      this.#rest = setTimeout(() => {
        this.#recent.clear();
        this.#whole = null;
        void collectGarbage();
      }, keptMs).unref();
    }, recentMs).unref();
  }

  kernelOwned(hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>> {
    return this.#among(this.#kernelOwned, hidden);
  }

  async #among(known: KernelOwned | null, hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>> {
    if (!this.seesEveryOwner || !known) return noIds;
    return known.among(hidden.filter(({ protocol }) => protocol === 'tcp' || protocol === 'udp'));
  }
}
