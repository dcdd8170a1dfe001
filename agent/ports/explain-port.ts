/** Answers why a port is busy: who holds it, and what a real bind says. */

import { readFileSync } from 'node:fs';
import type { Client } from '../access/scope';
import type { BindTrial, PortParams, PortReport } from '../protocol';
import type { Service } from '../server/service';
import type { Subscriptions } from '../server/subscriptions';
import { portHolders } from './port-holders';
import { tryBinds } from './try-binds';

/** What Linux has unless somebody sets it otherwise. */
const usual = { ephemeral: { first: 32_768, last: 60_999 }, unprivileged: 1024 };

/** Errors: notFound, kernelRefused, brokerLost. */
export async function bindPort(service: Service, params: PortParams): Promise<BindTrial[]> {
  return tryBinds(service, { ...params, netns: params.netns ?? service.sight.own });
}

/**
 * `names`: what the client calls its containers. Errors: as bindPort. The look comes before the binds: before Linux 6.18 a bind,
 * even one that fails, makes the kernel forget that it had chosen the port for a client.
 */
export async function explainPort(
  service: Service,
  client: Client,
  params: PortParams,
  names: Subscriptions,
): Promise<PortReport> {
  const { port, protocol } = params;
  const netns = params.netns ?? service.sight.own;
  const inventory = await service.look();
  const namespaces = names.namespaces(inventory.namespaces);
  const binds = await bindPort(service, params);
  const view = {
    port,
    protocol,
    netns,
    binds,
    namespaces,
    sockets: [...inventory.all()].map((seen) => names.named(seen)),
    seesEveryOwner: service.sight.seesEveryOwner,
    ephemeral: ephemeralPorts(),
    reserved: isReserved(service, client, port, binds),
  };
  return { port, protocol, netns, namespaces, binds, holders: portHolders(view) };
}

/** The broker may bind any port, so its binds do not tell what the client's programs may. */
function isReserved({ broker }: Service, client: Client, port: number, binds: readonly BindTrial[]): boolean {
  if (!broker) return binds.some(({ error }) => error === 'EACCES');
  return client.uid !== 0 && port < (sysctl('ip_unprivileged_port_start')[0] ?? usual.unprivileged);
}

function ephemeralPorts(): { first: number; last: number } {
  const [first = usual.ephemeral.first, last = usual.ephemeral.last] = sysctl('ip_local_port_range');
  return { first, last };
}

/** Numbers of a setting of this process's own network namespace; none where it cannot be read. */
function sysctl(name: string): number[] {
  try {
    return readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}
