/** Why a port is busy: its holders, trial binds, and what would free it. */

import { RequestType } from 'vscode-jsonrpc';
import type { LeftOut, Namespace, Owner, Socket } from './sockets';

/** Ports of Linux unless a sysctl says otherwise: ip_local_port_range, ip_unprivileged_port_start. */
export const usualPorts = { firstEphemeral: 32_768, lastEphemeral: 60_999, firstUnprivileged: 1024 } as const;

/** Protocols whose ports are explained and freed. */
export const portProtocols = ['tcp', 'udp'] as const;
export type PortProtocol = (typeof portProtocols)[number];

/** Ports that a program may ask for; 0 lets the kernel choose. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;
}

/** What `localhost` stands for. */
export const loopback: readonly string[] = ['127.0.0.1', '::1'];

/** Addresses in one question about a port. */
export const maxAddresses = 4;

/** Identifies a port: number, protocol, network namespace, and addresses. */
export interface PortParams {
  /** 1 to 65535. */
  readonly port: number;
  readonly protocol: PortProtocol;
  /** Inode number of the network namespace to bind in; null: the agent's own. */
  readonly netns: number | null;
  /** Those to bind, in canonical form, at most maxAddresses. Absent or empty: `0.0.0.0`, `127.0.0.1`, `::` and `::1`. */
  readonly addresses?: readonly string[];
}

/** Result of a real bind(), and for TCP listen(), that was undone at once. */
export interface BindTrial {
  readonly netns: number;
  /** One of PortParams; `::` is dual-stack. */
  readonly address: string;
  /** With SO_REUSEADDR; never for UDP, since such a socket could receive a datagram meant for another one. */
  readonly reuseaddr: boolean;
  /** Errno name, such as `EADDRINUSE`; null: it worked. `EAFNOSUPPORT`, `EADDRNOTAVAIL`: there is no such address here. */
  readonly error: string | null;
}

/**
 * Kinds of holders of a port.
 * - `listener`: listens on it; `bound`: has it without listening; `udp`: a bound UDP socket.
 * - `connection`: of a present or former server on the port.
 * - `client`: a client's end, whose port the kernel chose or, rarely, the client itself; also in doubtful cases.
 * - `time-wait`, `orphan`: no process holds it any more.
 * - `published`: of a container, through its runtime.
 * - `reserved`: a bind needs a privilege. The agent's binds have it, so they may work nevertheless.
 */
export const holderKinds = [
  'listener',
  'bound',
  'connection',
  'client',
  'time-wait',
  'orphan',
  'udp',
  'published',
  'reserved',
] as const;
export type HolderKind = (typeof holderKinds)[number];

/** The mildest act after which a holder no longer holds the port; `release`: its process closes it and lives on. */
export const remedies = [
  'destroy',
  'release',
  'signal',
  'stop-supervisor',
  'stop-container',
  'take-over',
  'wait',
  'none',
] as const;
export type Remedy = (typeof remedies)[number];

/** What restarts a holder when it ends; of a published port: its container. */
export interface Respawn {
  /**
   * `parent`: the program that had started the holder before, and has started it again; `process`: the new holder of the port
   * itself, where neither is known.
   */
  readonly kind:
    | 'watcher'
    | 'unit'
    | 'container'
    | 'process-manager'
    | 'task'
    | 'debug'
    | 'parent'
    | 'process';
  /** `nodemon`, `nginx.service`, a container's name: untrusted text. */
  readonly name: string;
  /** Of a container, as another runtime's may have the same name: `docker`, `podman`. */
  readonly runtime?: string;
  /** Of the supervisor; null: it has none of its own here. */
  readonly process: { readonly pid: number; readonly startTime: string } | null;
}

export interface PortHolder {
  readonly kind: HolderKind;
  /** Empty where only a container runtime reports the holder, and for `reserved`. */
  readonly sockets: readonly Socket[];
  /** Sockets that are not among these, so that the answer fits into a message. */
  readonly socketsLeftOut: number;
  /** Of all its sockets, one for each process; of connections that wait to be accepted, the listener's. */
  readonly owners: readonly Owner[];
  /**
   * Addresses of the binds that its sockets block. Empty: it is in nobody's way, at another address or in another network namespace,
   * or has no sockets.
   */
  readonly blocks: readonly string[];
  /** One sentence for people. */
  readonly why: string;
  readonly remedy: Remedy;
  /** Found by the client, which may ask the user's supervisors; null from the agent. */
  readonly respawn: Respawn | null;
}

/** The agent's report; a client adds what only its user may ask for (client/ports/explain-port.ts). */
export interface PortReport {
  readonly port: number;
  readonly protocol: PortProtocol;
  /** As asked for; empty: the usual ones. */
  readonly addresses: readonly string[];
  /** Network namespace of the trial binds. */
  readonly netns: number;
  readonly namespaces: readonly Namespace[];
  readonly binds: readonly BindTrial[];
  /** Of every network namespace and address; those that block no bind of `binds` have the remedy `none`. */
  readonly holders: readonly PortHolder[];
  readonly leftOut: LeftOut;
}

/** True where the address does not exist there, so that its bind says nothing about the port. */
export function isAbsent({ error }: BindTrial): boolean {
  return error === 'EAFNOSUPPORT' || error === 'EADDRNOTAVAIL';
}

/** Every bind without SO_REUSEADDR works, where the address exists. */
export function isFree(binds: readonly BindTrial[]): boolean {
  const tried = binds.filter((trial) => !trial.reuseaddr && !isAbsent(trial));
  return tried.length > 0 && tried.every(({ error }) => error === null);
}

/** Every bind with SO_REUSEADDR works, where the address exists: enough for nearly all servers. False for UDP. */
export function isFreeForReuse(binds: readonly BindTrial[]): boolean {
  const tried = binds.filter((trial) => trial.reuseaddr && !isAbsent(trial));
  return tried.length > 0 && tried.every(({ error }) => error === null);
}

/** Lists holders and tries binds; access `see`. Errors: notFound (no such namespace, or it cannot be entered), brokerLost. */
export const explainPort = new RequestType<PortParams, PortReport, void>('ports/explain');

/** Binds alone, as proof; access `see`. Errors: as for explainPort. */
export const bindPort = new RequestType<PortParams, { readonly binds: readonly BindTrial[] }, void>(
  'ports/bind',
);
