/** What is known of a socket beyond itself, for `sockscope inspect` and the editor's Details: settings of the kernel, and sockets like it. */

import { ownNamespace } from '../../common/own-namespace';
import { ephemeralPorts, includesPort, readSysctl } from '../../common/sysctl';
import { formatEndpoint, type Socket } from '../../protocol';
import { listAll } from '../list-all';
import type { Requester } from '../requester';
import { type ClientPorts, clientPortsOf, type Leak } from './alike';
import { findLeak } from './leaks';
import type { TcpSettings } from './tcp-timers';

export interface SocketFacts {
  /** Null: those of its network namespace are not known. */
  readonly settings: TcpSettings | null;
  /** Null: it belongs to none. */
  readonly leak: Leak | null;
  /** Null: it is no client's, or of another network namespace. */
  readonly clientPorts: ClientPorts | null;
}

/** Errors: as for sockets/list. */
export async function findFacts(requester: Requester, socket: Socket): Promise<SocketFacts> {
  // Settings can be read of this process's own namespace only.
  const isNear = socket.netns === ownNamespace();
  return {
    settings: isNear ? readTcpSettings() : null,
    leak: await findLeak(requester, socket),
    clientPorts: isNear ? await findClientPorts(requester, socket) : null,
  };
}

/** Of this process's network namespace; null: they cannot be read. */
function readTcpSettings(): TcpSettings | null {
  const [retries, probes, interval] = ['tcp_retries2', 'tcp_keepalive_probes', 'tcp_keepalive_intvl'].map(
    readSysctl,
  );
  if (!retries || !probes || !interval) return null;
  return {
    retries: Number(retries),
    // TCP_RTO_MAX, before Linux 6.15
    maxRtoMs: Number(readSysctl('tcp_rto_max_ms') ?? 120_000),
    probes: Number(probes),
    probeIntervalMs: Number(interval) * 1000,
  };
}

/** Ports of clients of its remote, from its address; null: it is not a client's, or its port is not of the kernel's choice. */
async function findClientPorts(requester: Requester, socket: Socket): Promise<ClientPorts | null> {
  if (!socket.remote || socket.protocol !== 'tcp') return null;
  const where = `proto:tcp net:${socket.netns}`;
  const listeners = await listAll(requester, `port:${socket.local.port} state:listen ${where}`);
  if (listeners.sockets.length > 0) return null;
  const { sockets } = await listAll(requester, `remote:${formatEndpoint(socket.remote)} ${where}`);
  const reserved = readSysctl('ip_local_reserved_ports') ?? '';
  return clientPortsOf(socket, sockets, ephemeralPorts(), (port) => includesPort(reserved, port));
}
