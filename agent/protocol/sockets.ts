/** Sockets as clients see them. */

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
  /** 0 to 65535; 0 only where the socket has no port yet. */
  readonly port: number;
}

/** A file descriptor that holds the socket, and the process it belongs to. */
export interface Owner {
  readonly pid: number;
  /** Clock ticks since boot, as field 22 of /proc/PID/stat: pid and start time identify one process. */
  readonly startTime: string;
  readonly fd: number;
  /** The kernel's name of the process (comm), or the program's name where comm is only `MainThread`: untrusted text. */
  readonly name: string;
  /** Command line, words joined by blanks: untrusted text; empty where it cannot be read, cut where a socket has many owners. */
  readonly command: string;
}

/** Identifies one socket: network namespace inode and the kernel's 64-bit cookie. */
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

/** The other end of a connection on this machine, in any network namespace. */
export interface Peer extends Target {
  /** As in Socket; while it waits to be accepted, the listener's. */
  readonly owners: readonly Owner[];
}

/** The container of a process or a network namespace. */
export interface Container {
  /** As in the cgroup's path: mostly 64 hexadecimal digits. */
  readonly id: string;
  /** `docker`, `podman`, `containerd`, `cri-o`, `lxc`, `nspawn`; `unknown` where the path has only the id. */
  readonly runtime: string;
  /** Its name in the runtime, as sent by the client: untrusted text. Null: the client has sent none. */
  readonly name: string | null;
}

export interface Socket extends Target {
  readonly family: Family;
  readonly state: State;
  /**
   * Uid of the socket's creator (sk_uid); 0 where the kernel says none: of time-wait sockets and, before Linux 6.17, of each that has no
   * file, such as an orphan.
   */
  readonly uid: number;
  /** Inode number in sockfs; `0` where no file belongs to the socket. */
  readonly inode: string;
  /** None, one or many. */
  readonly owners: readonly Owner[];
  /** Owners that are not among these, because the socket or its user has too many; 65535: or more. */
  readonly ownersLeftOut: number;
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
  /** One sentence why no engine can destroy a socket of this kind; null: it can be destroyed. */
  readonly unsupportedReason: string | null;
}

/** Reduces a socket to its identity and tuple. */
export function targetOf({ netns, cookie, protocol, local, remote }: Target): Target {
  return { netns, cookie, protocol, local, remote };
}

/** Destroyed or never bound: it exists only in an fd table. */
export function isClosed({
  state,
  local,
}: Pick<Socket, 'local'> & { readonly state: Socket['state'] | null }): boolean {
  return state === 'close' && local.port === 0;
}

/** A network namespace of this machine. */
export interface Namespace {
  /** Inode number. */
  readonly netns: number;
  /** The one that the agent itself runs in. */
  readonly own: boolean;
  /** Name in `ip netns`; null: none. */
  readonly name: string | null;
  /** The container that it belongs to. */
  readonly container: Container | null;
  /**
   * Errno name where it could not be read, so that its sockets without owners are missing. ETIMEDOUT: there was no time left for it;
   * EDQUOT: its owner, neither root nor the served user, has more than are read; others: it could not be entered. Null: it was read.
   */
  readonly errno: string | null;
}

/**
 * What a scan found, but does not list, whatever the filter: a list holds a limited number of rows of each user, so that nobody
 * sets its size for others. The served user's own come first, and sockets before further owners of one socket. A filter that names
 * ports, processes or cookies may have a scan of its own.
 */
export interface LeftOut {
  /** Not listed at all; of more than half a million, each descriptor counts as one. */
  readonly sockets: number;
  /** Of sockets that are listed: the sum of their ownersLeftOut. */
  readonly owners: number;
}

export const nothingLeftOut: LeftOut = { sockets: 0, owners: 0 };
