/** A listed socket, and what a scan makes of it. */

import type { SocketRecord } from '../broker-link/records';
import type { Container, Owner, Socket, State } from '../protocol';
import type { NamedOwner, Program } from '../system/processes';

/** snd_nxt and rcv_nxt, 32 bits each, as of the newest listing; 0: not TCP, or without an owner. */
export interface Sequence {
  sent: number;
  received: number;
}

/** A socket by itself: the same object from scan to scan while the kernel lists it unchanged, and its programs are the same. */
export interface KnownSocket {
  /** idKey of the record. */
  readonly id: string;
  readonly record: SocketRecord;
  readonly state: State;
  readonly owners: readonly NamedOwner[];
  /** Of the owners, in order. */
  readonly programs: readonly Program[];
  /** The owners as clients see them, also as owners of its peer's peer. */
  readonly shown: readonly Owner[];
  readonly ownersLeftOut: number;
  readonly sequence: Sequence;
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
  readonly sequence: Sequence;
  /** Its owners, or those of its listener until it is accepted. */
  readonly holders: readonly NamedOwner[];
  /** Destroyed or never bound: it has no port, only a file descriptor. */
  readonly closed: boolean;
  /** The id of the MPTCP socket whose row stands for this path of it; null: it is none. */
  readonly whole: string | null;
}

/** The part of a socket's description that depends on other sockets. */
export interface SocketContext {
  readonly peer: KnownSocket | undefined;
  readonly peerHolders: readonly NamedOwner[];
  readonly queuedFor: readonly NamedOwner[];
  readonly container: Container | null;
  readonly lifeline: boolean;
  readonly kernel: boolean;
  readonly whole: string | null;
}

/** A description with the context that it was made from. */
interface Described {
  readonly context: SocketContext;
  readonly seen: SeenSocket;
}
