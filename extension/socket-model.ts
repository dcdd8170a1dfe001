/**
 * The tree as data: sockets grouped by process, port or remote. Pure.
 *
 * A node keeps its identity and its place for as long as it exists, so that a refresh neither collapses nor re-orders
 * what is open: ids and sort keys are made from what a socket was when it was first seen.
 */

import { isClosed, type Owner, type Socket, type SocketId } from '../agent/protocol';

export const groupings = ['process', 'port', 'remote'] as const;
export type Grouping = (typeof groupings)[number];

/** What the sockets of a group have in common. */
export type Subject =
  | { readonly kind: 'process'; readonly pid: number; readonly name: string; readonly command: string }
  | { readonly kind: 'port'; readonly port: number; readonly netns: number }
  /** Port null: connections that came in from that address. */
  | {
      readonly kind: 'remote';
      readonly address: string;
      readonly port: number | null;
      readonly netns: number;
    }
  /** Some file holds them, but whose it is cannot be seen. */
  | { readonly kind: 'unnamed' }
  /** No file holds them: time-wait, orphaned or not yet accepted. */
  | { readonly kind: 'ownerless' }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'listening' }
  | { readonly kind: 'unconnected' };

export interface SocketNode {
  readonly kind: 'socket';
  readonly id: string;
  readonly sortKey: string;
  socket: Socket;
}

export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
  readonly sortKey: string;
  subject: Subject;
  sockets: readonly SocketNode[];
}

export type Node = GroupNode | SocketNode;

/** What to redraw: `all` where groups came or went. */
export type Changes = 'all' | readonly Node[];

export class SocketModel {
  private groups = new Map<string, GroupNode>();
  private sockets = new Map<string, SocketNode>();
  private ordered: readonly GroupNode[] = [];
  private bySocket = new Map<string, Socket>();

  /** `netns` is the inode of the network namespace whose groups come first; null: none. */
  constructor(
    readonly grouping: Grouping,
    private readonly netns: number | null = null,
  ) {}

  get roots(): readonly GroupNode[] {
    return this.ordered;
  }

  /** How many sockets there are; one with several owners counts once. */
  get size(): number {
    return this.bySocket.size;
  }

  /** The socket of that id, if the last look saw it. */
  find(id: SocketId): Socket | undefined {
    return this.bySocket.get(socketKey(id));
  }

  /** Every socket once, in no order. */
  all(): readonly Socket[] {
    return [...this.bySocket.values()];
  }

  /** Takes in a new look at the machine. */
  update(seen: readonly Socket[]): Changes {
    this.bySocket = new Map(seen.map((socket) => [socketKey(socket), socket]));
    const members = this.membersByGroup();
    const changed: Node[] = [];
    const groups = new Map<string, GroupNode>();
    const sockets = new Map<string, SocketNode>();
    for (const [id, { subject, list }] of members) {
      const group = this.groups.get(id) ?? newGroup(id, subject, list, this.netns);
      groups.set(id, group);
      const nodes = list.map((socket) => this.place(socket, group, changed));
      for (const node of nodes) sockets.set(node.id, node);
      if (replaceMembers(group, subject, nodes.sort(bySortKey))) changed.push(group);
    }
    const sameGroups =
      groups.size === this.groups.size && [...groups.keys()].every((id) => this.groups.has(id));
    this.groups = groups;
    this.sockets = sockets;
    if (sameGroups) return changed;
    this.ordered = [...groups.values()].sort(bySortKey);
    return 'all';
  }

  private membersByGroup(): Map<string, { subject: Subject; list: Socket[] }> {
    const members = new Map<string, { subject: Subject; list: Socket[] }>();
    for (const socket of this.bySocket.values()) {
      for (const [id, subject] of subjectsOf(socket, this.grouping)) {
        const entry = members.get(id);
        if (entry) entry.list.push(socket);
        else members.set(id, { subject, list: [socket] });
      }
    }
    return members;
  }

  private place(socket: Socket, parent: GroupNode, changed: Node[]): SocketNode {
    const id = `${parent.id}/${socketKey(socket)}`;
    const known = this.sockets.get(id);
    if (!known) return { kind: 'socket', id, sortKey: socketSortKey(socket), socket };
    if (!looksSame(known.socket, socket)) changed.push(known);
    known.socket = socket;
    return known;
  }
}

export function socketKey({ netns, cookie }: SocketId): string {
  return `${netns}:${cookie}`;
}

export function isListener(socket: Socket): boolean {
  return socket.state === 'listen';
}

/** Whether the extension offers to destroy it; the agent decides again. */
export function isLocked(socket: Socket): boolean {
  return socket.lifeline || socket.kernel || isClosed(socket);
}

/** Several descriptors of one process are one owner to people. */
export function processesOf(socket: Socket): readonly Owner[] {
  const seen = new Map(socket.owners.map((owner) => [processKey(owner), owner]));
  return [...seen.values()];
}

/** Tells one process for good, as a pid alone does not. */
export function processKey({ pid, startTime }: { pid: number; startTime: string }): string {
  return `${pid}.${startTime}`;
}

function subjectsOf(socket: Socket, grouping: Grouping): readonly (readonly [string, Subject])[] {
  if (grouping === 'port') return [portSubject(socket)];
  if (grouping === 'remote') return [remoteSubject(socket)];
  const processes = processesOf(socket);
  if (processes.length === 0) return [ownerlessSubject(socket)];
  return processes.map((owner) => [
    `process/${processKey(owner)}`,
    { kind: 'process', pid: owner.pid, name: owner.name, command: owner.command },
  ]);
}

function ownerlessSubject(socket: Socket): [string, Subject] {
  if (socket.kernel) return ['process/kernel', { kind: 'kernel' }];
  if (socket.inode !== '0') return ['process/unnamed', { kind: 'unnamed' }];
  return ['process/ownerless', { kind: 'ownerless' }];
}

function portSubject({ netns, local }: Socket): [string, Subject] {
  return [`port/${netns}/${local.port}`, { kind: 'port', port: local.port, netns }];
}

/** The first port that kernels hand out to clients, unless told otherwise (ip_local_port_range). */
const firstEphemeralPort = 32768;

/** A client that came in has a new port each time: its address says more, and one group holds all of them. */
function remoteSubject(socket: Socket): [string, Subject] {
  const { remote, local, netns } = socket;
  if (!remote)
    return isListener(socket)
      ? ['remote/listening', { kind: 'listening' }]
      : ['remote/unconnected', { kind: 'unconnected' }];
  const cameIn = remote.port >= firstEphemeralPort && local.port < firstEphemeralPort;
  const port = cameIn ? null : remote.port;
  const id = `remote/${netns}/${remote.address}/${port ?? 'in'}`;
  return [id, { kind: 'remote', address: remote.address, port, netns }];
}

function newGroup(id: string, subject: Subject, members: readonly Socket[], netns: number | null): GroupNode {
  const sortKey = numbersPadded(groupOrder(subject, members, netns).join(' '));
  return { kind: 'group', id, subject, sortKey, sockets: [] };
}

/** True where the group itself looks different now, or has other rows. */
function replaceMembers(group: GroupNode, subject: Subject, nodes: readonly SocketNode[]): boolean {
  const before = group.sockets;
  const renamed = JSON.stringify(group.subject) !== JSON.stringify(subject);
  group.sockets = nodes;
  group.subject = subject;
  return renamed || before.length !== nodes.length || before.some((node, index) => node !== nodes[index]);
}

/** Compares all that a row or its tooltip shows. */
function looksSame(a: Socket, b: Socket): boolean {
  return appearance(a) === appearance(b);
}

function appearance(socket: Socket): string {
  const { state, local, remote, uid, peer, lifeline, kernel, owners } = socket;
  const held = owners.map(({ pid, fd, name }) => [pid, fd, name]);
  return JSON.stringify([state, local, remote, uid, peer, lifeline, kernel, held]);
}

function bySortKey(a: { sortKey: string }, b: { sortKey: string }): number {
  return a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0;
}

/** Listening first, then by protocol, local port and remote. */
function socketSortKey(socket: Socket): string {
  const { protocol, local, remote, state, netns, cookie } = socket;
  const rank = state === 'listen' ? 0 : remote ? 2 : 1;
  const ends = [local.port, local.address, remote?.address ?? '', remote?.port ?? 0];
  return numbersPadded([rank, protocol, ...ends, netns, cookie].join(' '));
}

function groupOrder(
  subject: Subject,
  members: readonly Socket[],
  netns: number | null,
): readonly (string | number)[] {
  switch (subject.kind) {
    case 'process':
      return [1, subject.name.toLowerCase(), subject.pid];
    case 'port':
      return [subject.netns === netns ? 1 : 2, members.some(isListener) ? 1 : 2, subject.port, subject.netns];
    case 'remote': {
      const { address, port } = subject;
      return [subject.netns === netns ? 1 : 2, port === null ? 2 : 1, address, port ?? 0, subject.netns];
    }
    default:
      return [lastGroups.has(subject.kind) ? 9 : 0, [...lastGroups].indexOf(subject.kind), subject.kind];
  }
}

/** In this order, after all others. */
const lastGroups: ReadonlySet<Subject['kind']> = new Set(['unnamed', 'ownerless', 'kernel']);

/** Makes string order the order of the numbers in it. */
function numbersPadded(text: string): string {
  return text.replace(/\d+/g, (digits) => digits.padStart(20, '0'));
}
