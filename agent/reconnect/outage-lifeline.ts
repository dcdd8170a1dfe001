/** What no outage may hold down. */

import type { Inventory } from '../inventory/inventory';
import { type Endpoint, ErrorCode, protocolError, withoutMapping } from '../protocol';
import type { OutageTarget, RemotePattern } from './outage-target';

/** An outage for all processes must not cut off a port of this machine that carries sessions. */
export function refuseLifeline({ remotes, pids, netns }: OutageTarget, inventory: Inventory): void {
  if (pids !== null) return;
  for (const { socket } of inventory.all()) {
    if (socket.state !== 'listen' || !socket.lifeline || socket.netns !== netns) continue;
    if (!remotes.some((remote) => reaches(remote, socket.local))) continue;
    throw protocolError(
      ErrorCode.invalidFilter,
      `Port ${socket.local.port} of this machine carries sessions (lifeline): name a process, or another machine's address, such as remote:10.0.0.5:${socket.local.port}`,
    );
  }
}

/** Whether connects to the remote can reach a listener of this machine. */
function reaches({ address, port }: RemotePattern, local: Endpoint): boolean {
  if (port !== local.port) return false;
  if (address === null) return true;
  const to = withoutMapping(address);
  return to === withoutMapping(local.address) || to.startsWith('127.') || to === '::1';
}
