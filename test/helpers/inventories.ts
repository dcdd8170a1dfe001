/** Scans of sockets that tests make, without a kernel, and pages of them as clients get them. */

import type { KernelListing } from '../../agent/broker-link/list-records';
import { Inventory } from '../../agent/inventory/inventory';
import { type Container, type PackedSockets, type Socket, unpackSockets } from '../../agent/protocol';
import { encodeJson } from '../../agent/server/raw-json';
import { type Pages, packedPages } from '../../agent/server/socket-page';
import { Processes, type Program } from '../../agent/system/processes';
import { listingOf, type RowSocket } from './rows';

/** That of programs which are called `contained`. */
export const container: Container = { id: 'c'.repeat(64), runtime: 'podman', name: null };
/** The cookie of a socket in namespace 1 that the kernel holds, where it has no owner. */
export const kernelsCookie = '77';

class TestProcesses extends Processes {
  readonly #commands: Readonly<Record<string, string>>;

  constructor(commands: Readonly<Record<string, string>>) {
    super(
      async (pids) => pids.map(() => null),
      async (pids) => pids.map(() => false),
    );
    this.#commands = commands;
  }

  override program({ pid, startTime, name }: Program): Program {
    const command = this.#commands[name] ?? `${name} --serve`;
    return {
      pid,
      startTime,
      name,
      command,
      container: name === 'contained' ? container : null,
      carriesSession: name === 'sshd',
      size: Buffer.byteLength(JSON.stringify([pid, startTime, name, command])),
    };
  }
}

/** Programs that are called `sshd` carry sessions. `commands`: command lines by name. */
export async function inventoryOf(
  sockets: readonly RowSocket[],
  commands: Readonly<Record<string, string>> = {},
  namespaces: KernelListing['namespaces'] = [],
): Promise<Inventory> {
  const listing = { ...(await listingOf(sockets)), namespaces };
  return Inventory.of(listing, {
    processes: new TestProcesses(commands),
    own: 1,
    seesEveryOwner: true,
    prepare: async () => {},
    kernelOwned: async () => new Set([`1:${kernelsCookie}`]),
  });
}

export const sameName = (one: Container) => one;

/** Pages of these sockets, or of all that are not closed. */
export function pagesOf(
  { rows, programs }: Inventory,
  numbers: readonly number[] | null = null,
  named = sameName,
): Pages<PackedSockets> {
  return packedPages(rows.list(numbers, false), programs, named);
}

/** The sockets of a page, as a client gets it. */
export function received(page: PackedSockets): Socket[] {
  return unpackSockets(JSON.parse(String(encodeJson(page))));
}

/** The first page of a list: of these sockets, or of all that are not closed. */
export function listed(inventory: Inventory, numbers: readonly number[] | null = null): Socket[] {
  return received(pagesOf(inventory, numbers).page(0).page);
}
