/** What one agent process remembers from look to look, and what it looks with. */

import type { SocketRecord } from '../broker-link/records';
import { ownNamespace } from '../common/own-namespace';
import { Processes } from '../system/processes';
import { EndFacts } from './end-facts';
import { Inventory, type Memory, type SeenSocket } from './inventory';
import type { KernelOwned } from './kernel-owned';
import { KnownSockets } from './known-sockets';
import { PeerFinder } from './peers';
import type { Source } from './source';

/** An error is no end to a UDP socket that keeps its port. */
function outlived(seen: SeenSocket | undefined): boolean {
  return seen !== undefined && !seen.closed && seen.socket.protocol === 'udp';
}

const nobody: ReadonlySet<string> = new Set();

export class Scanner implements Memory {
  readonly processes = new Processes();
  readonly known: KnownSockets;
  readonly peers = new PeerFinder();
  readonly seen: Memory['seen'] = new WeakMap();
  readonly ends = new EndFacts();
  readonly own = ownNamespace();
  readonly #source: Source;
  readonly #kernelOwned: KernelOwned | null;

  /** `carrierPids`: agent and broker. */
  constructor(source: Source, kernelOwned: KernelOwned | null, carrierPids: readonly number[]) {
    this.known = new KnownSockets(this.processes, carrierPids);
    this.#source = source;
    this.#kernelOwned = kernelOwned;
  }

  get seesEveryOwner(): boolean {
    return this.#source.seesEveryOwner;
  }

  /** A new look at the kernel's sockets. Errors: brokerLost, kernelRefused. */
  async scan(): Promise<Inventory> {
    const listing = await this.#source.list();
    this.ends.take(listing.ends);
    this.processes.keepOnly(listing.sockets);
    const inventory = await Inventory.of(listing, this);
    for (const end of listing.ends) if (outlived(inventory.get(end))) this.ends.forget(end);
    return inventory;
  }

  async kernelOwned(outOfSight: readonly SocketRecord[]): Promise<ReadonlySet<string>> {
    if (!this.seesEveryOwner || !this.#kernelOwned) return nobody;
    const reachable = outOfSight.filter(({ protocol }) => protocol === 'tcp' || protocol === 'udp');
    return this.#kernelOwned.among(reachable);
  }
}
