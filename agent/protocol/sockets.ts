/** Sockets as clients see them, and the request that lists them. */

import { RequestType } from 'vscode-jsonrpc';

/** Transport protocols that Sockscope lists and can destroy. */
export const protocols = ['tcp', 'udp'] as const;
export type Protocol = (typeof protocols)[number];

export type Family = 'ipv4' | 'ipv6';

/**
 * Socket states, in ss's words. `bound` is a TCP socket that holds a port without listening; `close` one that holds none
 * but still has a file descriptor. Connected UDP sockets are `established`, the others `close`, as in ss's UNCONN.
 */
export const states = [
  'listen',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'close-wait',
  'last-ack',
  'closing',
  'time-wait',
  'bound',
  'close',
] as const;
export type State = (typeof states)[number];

export interface Endpoint {
  /** Numeric address: `127.0.0.1`, `::1`, `::ffff:10.0.0.1`; `0.0.0.0` and `::` are the wildcards. */
  readonly address: string;
  /** 0 to 65535; 0 only where the kernel has none yet. */
  readonly port: number;
}

/** A file descriptor that holds the socket, and the process it belongs to. */
export interface Owner {
  readonly pid: number;
  /** Clock ticks since boot, as field 22 of /proc/PID/stat: with the pid it names one process for good. */
  readonly startTime: string;
  readonly fd: number;
  /** The kernel's name of the process (comm), or the program's where that is only `MainThread`: untrusted text. */
  readonly name: string;
  /** Command line, words joined by blanks: untrusted text; empty where it cannot be read. */
  readonly command: string;
}

/** Names one socket for the time it lives: network namespace inode and the kernel's 64-bit cookie. */
export interface SocketId {
  readonly netns: number;
  readonly cookie: string;
}

/** A socket id with the tuple that is re-checked in the kernel before anything is done to it. */
export interface Target extends SocketId {
  readonly protocol: Protocol;
  readonly local: Endpoint;
  /** Null: not connected. */
  readonly remote: Endpoint | null;
}

export interface Socket extends Target {
  readonly family: Family;
  readonly state: State;
  /** Uid of the socket's creator (sk_uid). For time-wait sockets the kernel keeps none, and this is 0. */
  readonly uid: number;
  /** Inode number in sockfs; `0` where no file belongs to the socket. */
  readonly inode: string;
  /** None, one or many. */
  readonly owners: readonly Owner[];
  /** The other end, when it is on this machine and was seen in the same pass. */
  readonly peer: SocketId | null;
  /** Carries an editor, remote-login or agent session: never destroyed by the extension. */
  readonly lifeline: boolean;
  /** Held by the kernel itself. Not told apart yet from other sockets whose owner is out of sight: those are lifeline. */
  readonly kernel: boolean;
}

/** Only the identity of what may be a whole socket. */
export function targetOf({ netns, cookie, protocol, local, remote }: Target): Target {
  return { netns, cookie, protocol, local, remote };
}

/** Destroyed or never bound: only a file descriptor is left of it. */
export function isClosed({ state, local }: Pick<Socket, 'state' | 'local'>): boolean {
  return state === 'close' && local.port === 0;
}

export interface ListParams {
  /** Filter in the language of filter.ts; empty means every socket. */
  readonly filter: string;
  /** Continues the listing that returned it. Absent: a new look at the kernel. */
  readonly cursor?: string;
}

export interface ListResult {
  /** At most limits.listPage sockets. */
  readonly sockets: readonly Socket[];
  /** How many sockets match in all pages together. */
  readonly total: number;
  /** Pass it back for the next page; null: this was the last. Good for the newest listing of a connection only. */
  readonly cursor: string | null;
}

/** Lists sockets; access `see`. Errors: invalidFilter, cursorExpired, brokerLost. */
export const listSockets = new RequestType<ListParams, ListResult, void>('sockets/list');
