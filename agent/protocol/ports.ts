/** Why a port is busy: who holds it, what a bind says, and what would free it. */

import { RequestType } from 'vscode-jsonrpc';
import type { Namespace, Owner, Socket } from './sockets';

/** Ports of Linux unless a sysctl says otherwise: ip_local_port_range, ip_unprivileged_port_start. */
export const usualPorts = { firstEphemeral: 32_768, lastEphemeral: 60_999, firstUnprivileged: 1024 } as const;

/** Protocols whose ports are explained and freed. */
export const portProtocols = ['tcp', 'udp'] as const;
export type PortProtocol = (typeof portProtocols)[number];

/** Ports that a program may ask for; 0 lets the kernel choose. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;
}

/** What a port is asked about by: number, protocol and network namespace. */
export interface PortParams {
  /** 1 to 65535. */
  readonly port: number;
  readonly protocol: PortProtocol;
  /** Inode number of the network namespace to bind in; null: the agent's own. */
  readonly netns: number | null;
}

/** A real bind(), and for TCP listen(), that was tried and undone at once. */
export interface BindTrial {
  readonly netns: number;
  /** `0.0.0.0`, `127.0.0.1`, `::` (dual-stack) or `::1`. */
  readonly address: string;
  /** With SO_REUSEADDR; for UDP never, since such a socket could get somebody's datagram. */
  readonly reuseaddr: boolean;
  /** Errno name, such as `EADDRINUSE`; null: it worked. `EAFNOSUPPORT`, `EADDRNOTAVAIL`: there is no such address here. */
  readonly error: string | null;
}

/**
 * Who or what stands in the way of a port.
 * - `listener`: listens on it; `bound`: has it without listening; `udp`: a bound UDP socket.
 * - `connection`: of a server on the port, whether that lives or not.
 * - `client`: a client's end, whose port the kernel chose or, rarely, the client itself; doubt means client.
 * - `time-wait`, `orphan`: no process has it any more.
 * - `published`: of a container, through its runtime.
 * - `reserved`: only those with a privilege may bind it. The agent's binds have that privilege, so they may work all the same.
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

/** The mildest act that takes a holder out of the way. */
export const remedies = [
  'destroy',
  'signal',
  'stop-supervisor',
  'stop-container',
  'take-over',
  'wait',
  'none',
] as const;
export type Remedy = (typeof remedies)[number];

/** What starts a holder again when it ends; of a published port: its container. */
export interface Respawn {
  /** `process`: what holds the port again itself, where nobody is known who started it. */
  readonly kind: 'watcher' | 'unit' | 'container' | 'process-manager' | 'task' | 'debug' | 'process';
  /** `nodemon`, `nginx.service`, a container's name: untrusted text. */
  readonly name: string;
  /** Of the supervisor; null: it has none of its own here. */
  readonly process: { readonly pid: number; readonly startTime: string } | null;
}

export interface PortHolder {
  readonly kind: HolderKind;
  /** Empty where only a container runtime tells of it, and for `reserved`. */
  readonly sockets: readonly Socket[];
  /** Of all its sockets, one for each process; of connections that wait to be accepted, the listener's. */
  readonly owners: readonly Owner[];
  /** One sentence for people. */
  readonly why: string;
  readonly remedy: Remedy;
  /** Found by the client, who may ask the user's supervisors; the agent says null. */
  readonly respawn: Respawn | null;
}

/** What the agent sees; a client adds what only its user can ask (client/explain-port.ts). */
export interface PortReport {
  readonly port: number;
  readonly protocol: PortProtocol;
  /** Where binds were tried. */
  readonly netns: number;
  readonly namespaces: readonly Namespace[];
  readonly binds: readonly BindTrial[];
  /** Of every network namespace; those of another one than `netns` have the remedy `none`. */
  readonly holders: readonly PortHolder[];
}

/** True where the address does not exist there, so that its bind tells nothing of the port. */
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

/** Looks and binds; access `see`. Errors: notFound (no such namespace, or it cannot be entered), brokerLost. */
export const explainPort = new RequestType<PortParams, PortReport, void>('ports/explain');

/** Binds alone, as proof; access `see`. Errors: as for explainPort. */
export const bindPort = new RequestType<PortParams, { readonly binds: readonly BindTrial[] }, void>(
  'ports/bind',
);
