/** `serve`: root starts it, the broker keeps what is needed of root, and this process gives up all of it. */

import { closeSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { StreamMessageWriter } from 'vscode-jsonrpc/node';
import { echoed, openAudit } from './audit';
import { Broker } from './broker';
import { agentSocketPath } from './client/endpoint';
import { GuardedMessageReader } from './framing';
import { IdleExit } from './idle-exit';
import { listenFor, StartRefused } from './listen';
import { forkBroker, peerCredentials } from './native';
import { dropPrivileges } from './privileges';
import type { Scope } from './protocol';
import type { Client } from './scope';
import { Service } from './service';
import { serveConnection } from './session';

export interface ServeOptions {
  readonly scope: Scope;
  readonly readOnly: boolean;
  readonly idleExitMs: number;
  /** Who is served: SUDO_UID and SUDO_GID, or root. */
  readonly uid: number;
  readonly gid: number;
}

/** Clients at the same time. */
const mostClients = 32;

/** A client that does not read is dropped when this many bytes wait for it. */
const mostUnread = 8 * 1024 * 1024;

/** Resolves with the exit code when the agent has to end. Throws StartRefused. */
export async function serve(options: ServeOptions): Promise<number> {
  if (process.getuid?.() !== 0)
    throw new StartRefused('The agent needs root to start: sudo sockscope agent serve');
  const broker = new Broker(forkBroker());
  const audit = echoed(openAudit());
  const server = await listenFor(options.uid);
  await broker.ownSocketFile(agentSocketPath(options.uid));
  dropPrivileges(options.uid, options.gid);
  const { scope, readOnly, uid } = options;
  const service = await Service.withBroker({ mode: 'agent', scope, readOnly, uid, audit }, broker);
  return serveClients(server, broker, service, options);
}

/** Resolves when the agent is told to end, is idle for too long, or has lost its broker. */
function serveClients(
  server: Server,
  broker: Broker,
  service: Service,
  options: ServeOptions,
): Promise<number> {
  return new Promise((resolve) => {
    const started = Date.now();
    const clients = new Set<Socket>();
    const end = (reason: string, code: number) => {
      console.error(`The agent ends: ${reason}`);
      server.close();
      for (const client of clients) client.destroy();
      broker.close();
      resolve(code);
    };
    const idle = new IdleExit(options.idleExitMs, () => end('no client for a while', 0));
    const host = {
      service,
      stop: () => end('a client asked for it', 0),
      status: () => ({
        ...service.info,
        uptime: Math.round((Date.now() - started) / 1000),
        clients: clients.size,
        idleExitMs: options.idleExitMs,
        brokerPid: service.brokerPid,
      }),
    };
    broker.once('lost', () => end('its broker is gone; start the agent again', 1));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal, 0));
    server.on('connection', (socket) => {
      const client = clients.size < mostClients ? admit(socket, options.uid) : null;
      if (!client) return void socket.destroy();
      clients.add(socket);
      idle.busy();
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        clients.delete(socket);
        if (clients.size === 0) idle.rest();
      });
      serveConnection(host, client, new GuardedMessageReader(socket), new BoundedWriter(socket));
      socket.resume();
    });
    idle.rest();
    console.error(
      `The agent (pid ${process.pid}) serves uid ${options.uid} at ${agentSocketPath(options.uid)}`,
    );
  });
}

/** The client, if it is the user that is served, or root; whatever goes wrong means no. */
function admit(socket: Socket, uid: number): Client | null {
  try {
    const { pid, uid: peerUid, pidfd } = peerCredentials(fdOf(socket));
    if (pidfd >= 0) closeSync(pidfd);
    if (peerUid === uid || peerUid === 0) return { uid: peerUid, pid };
    console.error(`Refused a connection of uid ${peerUid}, pid ${pid}`);
  } catch (error) {
    console.error(`Refused a connection whose peer could not be told: ${String(error)}`);
  }
  return null;
}

/** Node has no public way to a socket's descriptor; the handle's is there in every version since 0.12. */
function fdOf(socket: Socket): number {
  const { _handle } = socket as Socket & { _handle?: { fd: number } };
  if (!_handle || _handle.fd < 0) throw new Error('the socket has no descriptor');
  return _handle.fd;
}

class BoundedWriter extends StreamMessageWriter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super(socket);
    this.#socket = socket;
  }

  override write(message: Parameters<StreamMessageWriter['write']>[0]): Promise<void> {
    if (this.#socket.writableLength > mostUnread) this.#socket.destroy();
    return super.write(message);
  }
}
