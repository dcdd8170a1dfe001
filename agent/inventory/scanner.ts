/** Scans the machine's sockets, with caches that last as long as the agent. */

import type { SocketRecord } from '../broker-link/records';
import { ownNamespace } from '../common/own-namespace';
import { SharedRun } from '../common/shared-run';
import { Processes } from '../system/processes';
import type { CarrierRules } from '../system/session-carriers';
import { EndFacts } from './end-facts';
import { Inventory, type ScanCache, type SeenSocket } from './inventory';
import type { KernelOwned } from './kernel-owned';
import { KnownSockets } from './known-sockets';
import { PeerFinder } from './peers';
import type { Source } from './source';

/** A UDP socket survives an error, and keeps its port. */
function outlived(seen: SeenSocket | undefined): boolean {
  return seen !== undefined && !seen.closed && seen.socket.protocol === 'udp';
}

const noIds: ReadonlySet<string> = new Set();

export class Scanner implements ScanCache {
  readonly processes = new Processes();
  readonly known: KnownSockets;
  readonly peers = new PeerFinder();
  readonly seen: ScanCache['seen'] = new WeakMap();
  readonly ends = new EndFacts();
  readonly own = ownNamespace();
  readonly #source: Source;
  readonly #kernelOwned: KernelOwned | null;
  readonly #scans = new SharedRun(() => this.#scan());

  constructor(source: Source, kernelOwned: KernelOwned | null, carriers: CarrierRules) {
    this.known = new KnownSockets(this.processes, carriers);
    this.#source = source;
    this.#kernelOwned = kernelOwned;
  }

  get seesEveryOwner(): boolean {
    return this.#source.seesEveryOwner;
  }

  /** All sockets as they are after this call; scans are shared by all who wait for one. Errors: brokerLost, kernelRefused. */
  scan(): Promise<Inventory> {
    return this.#scans.next();
  }

  async #scan(): Promise<Inventory> {
    const listing = await this.#source.list();
    this.ends.add(listing.ends);
    this.processes.keepOnly(listing.sockets);
    const inventory = await Inventory.of(listing, this);
    for (const end of listing.ends) if (outlived(inventory.get(end))) this.ends.forget(end);
    return inventory;
  }

  async kernelOwned(hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>> {
    if (!this.seesEveryOwner || !this.#kernelOwned) return noIds;
    const reachable = hidden.filter(({ protocol }) => protocol === 'tcp' || protocol === 'udp');
    return this.#kernelOwned.among(reachable);
  }
}
