/** A listed socket, and what a scan makes of it. */

import type { JoinedSocket, SocketRecord } from '../broker-link/records';
import type { Container, Owner, Socket, State } from '../protocol';
import type { NamedOwner } from '../system/processes';
import type { Tuple } from './tuple';

/** A socket by itself: the same object from scan to scan while the kernel lists it unchanged. */
export interface KnownSocket {
  /** idKey of the record. */
  readonly id: string;
  readonly record: SocketRecord;
  readonly state: State;
  readonly owners: readonly NamedOwner[];
  /** The same as clients see them, also as owners of its peer's peer. */
  readonly shown: readonly Owner[];
  /** The container of its owners. */
  readonly container: Container | null;
  /** One of its owners is a session carrier. */
  readonly carriesSession: boolean;
  /** Null: it is no end of a connection. */
  readonly tuple: Tuple | null;
  /** Its sequence numbers as of the newest listing. */
  readonly joined: JoinedSocket;
  /** A process of it is new, and may turn out to be another program. */
  isUnsure: boolean;
  /** As last described. */
  described: Described | null;
}

/** A socket among all others, with what only the agent needs. The same object from scan to scan while nothing about it changes. */
export interface SeenSocket {
  /** idKey of the socket. */
  readonly id: string;
  readonly socket: Socket;
  readonly record: SocketRecord;
  /** As in KnownSocket. */
  readonly joined: JoinedSocket;
  /** Its owners, or those of its listener until it is accepted. */
  readonly holders: readonly NamedOwner[];
  /** Destroyed or never bound: it has no port, only a file descriptor. */
  readonly closed: boolean;
  /** Its JSON in lists; null: none has asked for it. */
  row: string | null;
}

/** The part of a socket's description that depends on other sockets. */
export interface SocketContext {
  readonly peer: KnownSocket | undefined;
  readonly peerHolders: readonly NamedOwner[];
  readonly queuedFor: readonly NamedOwner[];
  readonly container: Container | null;
  readonly lifeline: boolean;
  readonly kernel: boolean;
}

/** A description with the context that it was made from. */
interface Described {
  readonly context: SocketContext;
  readonly seen: SeenSocket;
}
