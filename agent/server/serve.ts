/** `serve`: started by root. The broker keeps the capabilities that it needs; this process goes on under a uid of its own. */

import { closeSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { reportTo } from '../access/report';
import { Broker } from '../broker-link/broker';
import { peerCredentials } from '../broker-link/native';
import { agentSocketPath } from '../common/agent-socket';
import type { ServeOptions } from '../common/serve-arguments';
import type { AgentStatus, ProgramFiles } from '../protocol';
import { programFiles } from '../system/program-files';
import type { ClientIdentity } from '../system/users';
import { handedSocket } from './activation';
import { BoundedWriter } from './bounded-writer';
import type { Forked } from './fork';
import { GuardedMessageReader } from './framing';
import { IdleExit } from './idle-exit';
import { InputGate } from './input-gate';
import { listenFor } from './listen';
import type { SessionHost } from './method';
import { dropPrivileges } from './privileges';
import { Service } from './service';
import { serveConnection } from './session';
import { started } from './started';

const maxClients = 32;

/** Resolves with the exit code when the agent has to end. Throws StartRefused. */
export async function serve(options: ServeOptions, { own, broker: handle }: Forked): Promise<number> {
  const ownUid = await own;
  const broker = new Broker(handle);
  // Clients that connect before the agent is ready wait, paused.
  const early: Socket[] = [];
  const keep = (socket: Socket) => early.push(socket);
  const server = await listenFor(options.uid, keep);
  try {
    await started<unknown>(
      handedSocket() === null ? broker.ownSocketFile(agentSocketPath(options.uid)) : broker.features(),
    );
  } catch (error) {
    server.close(); // takes its file along
    throw error;
  }
  const files = programFiles();
  dropPrivileges(ownUid);
  const { scope, readOnly, uid } = options;
  const report = reportTo((line) => process.stderr.write(line));
  const service = await Service.withBroker({ mode: 'agent', scope, readOnly, uid, report, files }, broker);
  const agent = new Agent(options, service, server, broker, files);
  server.off('connection', keep).on('connection', (socket) => agent.connect(socket));
  for (const socket of early) agent.connect(socket);
  console.error(`The agent (pid ${process.pid}) serves uid ${uid} at ${agentSocketPath(uid)}`);
  return agent.ended;
}

/** Serves clients until a client stops it, it is idle for too long, or its broker is lost. */
class Agent implements SessionHost {
  readonly service: Service;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  readonly #options: ServeOptions;
  readonly #server: Server;
  readonly #broker: Broker;
  readonly #idleExit: IdleExit;
  readonly #clients = new Set<Socket>();
  readonly #started = performance.now();
  readonly #files: ProgramFiles;
  #resolve: (code: number) => void = () => {};

  constructor(options: ServeOptions, service: Service, server: Server, broker: Broker, files: ProgramFiles) {
    this.service = service;
    this.#options = options;
    this.#server = server;
    this.#broker = broker;
    this.#files = files;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#idleExit = new IdleExit(options.idleExitMs, () => this.#endIdle());
    broker.once('lost', () => this.#end('its broker is gone; start the agent again', 1));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => this.#end(signal, 0));
  }

  connect(socket: Socket): void {
    const client = this.#clients.size < maxClients ? admit(socket, this.#options.uid) : null;
    if (!client) return void socket.destroy();
    this.#clients.add(socket);
    this.#idleExit.busy();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#clients.delete(socket);
      if (this.#clients.size === 0) this.#idleExit.idle();
    });
    const gate = new InputGate(socket);
    serveConnection(this, client, {
      reader: new GuardedMessageReader(socket, gate),
      writer: new BoundedWriter(socket, gate),
      hangUp: () => socket.destroy(),
    });
    socket.resume();
  }

  async status(): Promise<AgentStatus> {
    return {
      ...this.service.info,
      uptime: Math.round((performance.now() - this.#started) / 1000),
      clients: this.#clients.size,
      idleExitMs: this.#options.idleExitMs,
      ...(await this.service.state()),
      files: this.#files,
    };
  }

  stop(): void {
    this.#end('a client asked for it', 0);
  }

  /** A detached outage keeps the agent running. */
  #endIdle(): void {
    if (this.service.outages?.any) this.#idleExit.idle();
    else this.#end('no client for a while', 0);
  }

  #end(reason: string, code: number): void {
    console.error(`The agent ends: ${reason}`);
    this.#server.close();
    for (const client of this.#clients) client.destroy();
    this.#broker.close();
    this.#resolve(code);
  }
}

/** The client, if it is the served user or root; null otherwise, and where its peer cannot be identified. */
function admit(socket: Socket, uid: number): ClientIdentity | null {
  try {
    const { pid, uid: peerUid, pidfd } = peerCredentials(fdOf(socket));
    if (pidfd >= 0) closeSync(pidfd);
    if (peerUid === uid || peerUid === 0) return { uid: peerUid, pid };
    console.error(`Refused a connection of uid ${peerUid}, pid ${pid}`);
  } catch (error) {
    console.error(`Refused a connection whose peer could not be identified: ${String(error)}`);
  }
  return null;
}

/** Node has no public API for a socket's descriptor; `_handle.fd` has existed since 0.12. */
function fdOf(socket: Socket): number {
  const { _handle } = socket as Socket & { _handle?: { fd: number } };
  if (!_handle || _handle.fd < 0) throw new Error('the socket has no descriptor');
  return _handle.fd;
}
