/** Sockets as clients see them, and the request that lists them. */

import { RequestType } from 'vscode-jsonrpc';

/**
 * Protocols that Sockscope lists; it can destroy sockets of the first two. The local port of a `raw` socket is the number
 * of the IP protocol it carries, as in ss.
 */
export const protocols = ['tcp', 'udp', 'udplite', 'mptcp', 'raw'] as const;
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

/** The other end of a connection, when it is on this machine, in whatever network namespace. */
export interface Peer extends Target {
  /** As in Socket: those that hold it, or the listener's while it waits to be accepted. */
  readonly owners: readonly Owner[];
}

/** What a container runtime runs a process in. */
export interface Container {
  /** As in the cgroup's path: mostly 64 hexadecimal digits. */
  readonly id: string;
  /** `docker`, `podman`, `containerd`, `cri-o`, `lxc`, `nspawn`; `unknown` where the path tells only the id. */
  readonly runtime: string;
  /** What its runtime calls it, as the client said: untrusted text. Null: the client said nothing. */
  readonly name: string | null;
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
  /**
   * A connection that no process has accepted yet: the owners of the listeners in whose queue it waits, one for each
   * process. Empty for all other sockets.
   */
  readonly queuedFor: readonly Owner[];
  readonly peer: Peer | null;
  /** The container of its owners; without one, that of its network namespace. */
  readonly container: Container | null;
  /** Carries an editor, remote-login or agent session: never destroyed by the extension. */
  readonly lifeline: boolean;
  /** Held by the kernel itself, such as a tunnel's: never destroyed. */
  readonly kernel: boolean;
  /** One sentence why a socket of this kind cannot be destroyed, by whomever; null: nothing in its kind is against it. */
  readonly obstacle: string | null;
}

/** Only the identity of what may be a whole socket. */
export function targetOf({ netns, cookie, protocol, local, remote }: Target): Target {
  return { netns, cookie, protocol, local, remote };
}

/** Destroyed or never bound: only a file descriptor is left of it. */
export function isClosed({ state, local }: Pick<Socket, 'state' | 'local'>): boolean {
  return state === 'close' && local.port === 0;
}

/** A network namespace of this machine. */
export interface Namespace {
  /** Inode number. */
  readonly netns: number;
  /** The one that the agent itself runs in. */
  readonly own: boolean;
  /** As `ip netns` calls it; null: it has no such name. */
  readonly name: string | null;
  /** The container that it is of. */
  readonly container: Container | null;
  /** Errno name why it could not be entered, and sockets without owners are missing; null: it could. */
  readonly errno: string | null;
}

export interface ListParams {
  /** Filter in the language of filter.ts; empty means every socket. */
  readonly filter: string;
  /** Continues the listing that returned it. Absent: a new look at the kernel. */
  readonly cursor?: string;
}

export interface ListResult {
  /** Every network namespace that the look found. */
  readonly namespaces: readonly Namespace[];
  /** At most limits.listPage sockets. */
  readonly sockets: readonly Socket[];
  /** How many sockets match in all pages together. */
  readonly total: number;
  /** Pass it back for the next page; null: this was the last. Good for the newest listing of a connection only. */
  readonly cursor: string | null;
}

/** Lists sockets; access `see`. Errors: invalidFilter, cursorExpired, brokerLost. */
export const listSockets = new RequestType<ListParams, ListResult, void>('sockets/list');
