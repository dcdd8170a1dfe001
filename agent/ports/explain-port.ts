/** Explains why a port is busy: its holders, and the results of real binds. */

import type { Caller } from '../broker-link/claim-records';
import { ephemeralPorts, firstUnprivilegedPort } from '../common/sysctl';
import type { Context } from '../context';
import type { SeenSocket } from '../inventory/inventory';
import {
  type BindTrial,
  explainPort as explainPortMethod,
  type Namespace,
  type PortParams,
  type PortReport,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import { fitHolders } from './fit-holders';
import { portHolders } from './port-holders';
import { tryBinds } from './try-binds';

/** Adds the container names that the client sent. */
interface ContainerNames {
  named(seen: SeenSocket): SeenSocket;
  namespaces(namespaces: readonly Namespace[]): readonly Namespace[];
}

/** Errors: notFound, denied, busy, kernelRefused, brokerLost. */
export async function bindPort(context: Context, caller: Caller, params: PortParams): Promise<BindTrial[]> {
  const place = { ...params, netns: params.netns ?? context.scanner.own };
  return tryBinds(context, caller, place, params.addresses ?? []);
}

/**
 * Errors: as bindPort. Scans before it binds: until Linux 6.18 a bind, even one that fails, makes the kernel forget that it
 * had chosen the port for a client.
 */
export async function explainPort(
  context: Context,
  client: ClientIdentity,
  params: PortParams,
  containerNames: ContainerNames,
): Promise<PortReport> {
  const { port, protocol, addresses = [] } = params;
  const netns = params.netns ?? context.scanner.own;
  // In every namespace: holders elsewhere are named, too.
  const inventory = await context.scanner.scanFor([{ local: { port }, remote: null }]);
  const namespaces = containerNames.namespaces(inventory.namespaces);
  const binds = await bindPort(context, { method: explainPortMethod.method, client }, params);
  const snapshot = {
    port,
    protocol,
    netns,
    binds,
    namespaces,
    sockets: [...inventory.all()].map((seen) => containerNames.named(seen)),
    seesEveryOwner: context.scanner.seesEveryOwner,
    ephemeral: ephemeralPorts(),
    reserved: isReserved(context, client, port, binds),
  };
  const { holders, socketsLeftOut } = fitHolders(portHolders(snapshot));
  const { sockets, owners } = inventory.leftOut;
  const leftOut = { sockets: sockets + socketsLeftOut, owners };
  return { port, protocol, addresses, netns, namespaces, binds, holders, leftOut };
}

/** The broker may bind any port, so its binds do not show what the client's programs may bind. */
function isReserved(
  { broker }: Context,
  client: ClientIdentity,
  port: number,
  binds: readonly BindTrial[],
): boolean {
  if (port >= firstUnprivilegedPort()) return false;
  return broker ? client.uid !== 0 : binds.some(({ error }) => error === 'EACCES');
}
