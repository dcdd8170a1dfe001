/** The rows of one listing, joined by the addon (native/src/join). Objects are made only of those that are asked for. */

import { type Container, kernelState, protocolNumbers, type SocketId } from '../protocol';
import { ListedRows } from './listed-rows';
import { constants, joinRows, layout, type SocketJoin } from './native';
import {
  decodeName,
  decodeTuple,
  decodeU64,
  type OwnerRecord,
  type ProgramRecord,
  type SocketRecord,
} from './records';

const word = 4;
/** In place of a number that there is none of. */
const none = 0xffff_ffff;

/** What the agent knows of a listing besides its rows; programs by their numbers in the listing. */
export interface Surroundings {
  readonly programs: readonly {
    readonly carriesSession: boolean;
    readonly container: Container | null;
    /** Bytes of the process in JSON. */
    readonly size: number;
  }[];
  /** Sockets that the kernel itself holds. */
  readonly kernels: readonly number[];
  /** Inode number of the agent's own network namespace, which is in no container. */
  readonly own: number;
  readonly seesEveryOwner: boolean;
}

/** Of a socket, by numbers of the listing; null: none. */
export interface Relations {
  readonly peer: number | null;
  /** The accept queue in which it waits. */
  readonly queue: number | null;
  /** The MPTCP socket whose row stands for this path of it. */
  readonly whole: number | null;
  /** Of its owners; without one, that of its network namespace. */
  readonly container: Container | null;
  readonly lifeline: boolean;
  readonly kernel: boolean;
}

export interface NumberedOwner {
  readonly owner: OwnerRecord;
  readonly program: number;
}

interface Tables {
  readonly sockets: Uint32Array;
  readonly owners: Uint32Array;
  readonly queues: readonly Uint32Array[];
  readonly programs: Uint32Array;
}

const { size: rowSize, offsets: fields } = layout.socket_record;
const relationSize = layout.joined_socket.size / word;
const { row, owners_begin, owners_count, peer, queue, whole, same_as, container, flags } =
  layout.joined_socket.offsets;

/** Sockets are numbered in the order of their first rows. */
export class JoinedRows {
  readonly #bytes: Buffer;
  readonly #join: SocketJoin;
  #containers: readonly Container[] = [];
  /** Made when an object is. */
  #tables: Tables | null = null;
  #programs: readonly ProgramRecord[] | null = null;

  private constructor(bytes: Buffer, join: SocketJoin) {
    this.#bytes = bytes;
    this.#join = join;
  }

  /** `bytes`: socket_record[], one for each file descriptor. `before`: the previous listing of all sockets; null: there is none. */
  static async of(bytes: Buffer, before: JoinedRows | null = null): Promise<JoinedRows> {
    const rows = bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
    // Where nothing was made of single sockets, nobody asks which are the same.
    const wasRead = before !== null && before.#tables !== null;
    return new JoinedRows(rows, await joinRows(rows, before ? before.#join : null, wasRead));
  }

  get size(): number {
    return this.#join.size;
  }

  /** What runs in the processes of the listing: one for each pid, start time and name. */
  get programs(): readonly ProgramRecord[] {
    this.#programs ??= Array.from(this.#join.programs(), (at) => ({
      pid: this.#bytes.readUInt32LE(at * rowSize + fields.pid),
      startTime: decodeU64(this.#bytes, at * rowSize + fields.start_time),
      name: decodeName(this.#bytes, at * rowSize + fields.name),
    }));
    return this.#programs;
  }

  /** Sockets in a file of which no process is visible that holds it. */
  hidden(): readonly number[] {
    return [...this.#join.hidden()];
  }

  /** Finds containers and lifeline; call it once, before these are asked for. */
  describe({ programs, kernels, own, seesEveryOwner }: Surroundings): void {
    const numbers = new Map<string, number>();
    const containers: Container[] = [];
    const numberOf = (one: Container | null) => {
      if (!one) return none;
      const known = numbers.get(one.id);
      if (known !== undefined) return known;
      numbers.set(one.id, containers.length);
      return containers.push(one) - 1;
    };
    this.#join.describe(
      Uint32Array.from(programs, ({ carriesSession }) => Number(carriesSession)),
      Uint32Array.from(programs, (program) => numberOf(program.container)),
      Uint32Array.from(programs, ({ size }) => size),
      Uint32Array.from(kernels),
      own,
      seesEveryOwner,
    );
    this.#containers = containers;
    this.#tables = null;
  }

  /** The first container of each network namespace but the agent's own, by its inode number. */
  containers(): Map<number, Container> {
    const pairs = this.#join.containers();
    const found = new Map<number, Container>();
    for (let at = 0; at < pairs.length; at += 2) {
      const one = this.#container(pairs[at + 1] ?? none);
      if (one) found.set(pairs[at] ?? 0, one);
    }
    return found;
  }

  /** Null: it is not in the listing. */
  find({ netns, cookie }: SocketId): number | null {
    const found = this.findCookie(cookie);
    return found !== null && this.#netns(found) === netns ? found : null;
  }

  /** Likewise, in any network namespace. */
  findCookie(cookie: string): number | null {
    return this.#join.find(BigInt(cookie));
  }

  record(socket: number): SocketRecord {
    const at = this.#start(socket);
    const bits = this.#bytes.readUInt8(at + fields.flags);
    const { autobound, portBound, mptcp } = constants.flag;
    const { family, protocol, local, remote } = decodeTuple(this.#bytes, at, layout.socket_record);
    return {
      family,
      protocol,
      local,
      remote,
      netns: this.#bytes.readUInt32LE(at + fields.netns),
      cookie: decodeU64(this.#bytes, at + fields.cookie),
      inode: decodeU64(this.#bytes, at + fields.inode),
      kernelState: this.#bytes.readUInt8(at + fields.state),
      uid: this.#bytes.readUInt32LE(at + fields.uid),
      mptcp: (bits & mptcp) !== 0,
      portFrom: bits & autobound ? 'kernel' : bits & portBound ? 'process' : null,
    };
  }

  /** Of the record, what filters ask for. */
  traits(socket: number) {
    const at = this.#start(socket);
    const { protocol, local, remote } = decodeTuple(this.#bytes, at, layout.socket_record);
    return {
      netns: this.#bytes.readUInt32LE(at + fields.netns),
      cookie: decodeU64(this.#bytes, at + fields.cookie),
      protocol,
      local,
      remote,
      kernelState: this.#bytes.readUInt8(at + fields.state),
      uid: this.#bytes.readUInt32LE(at + fields.uid),
    };
  }

  /** Established TCP connections. */
  connections(): SocketId[] {
    const found: SocketId[] = [];
    for (let socket = 0; socket < this.size; socket++) {
      const at = this.#start(socket);
      if (this.#bytes.readUInt16LE(at + fields.protocol) !== protocolNumbers.tcp) continue;
      if (this.#bytes.readUInt8(at + fields.state) !== kernelState.established) continue;
      found.push({ netns: this.#netns(socket), cookie: decodeU64(this.#bytes, at + fields.cookie) });
    }
    return found;
  }

  records(): SocketRecord[] {
    return Array.from({ length: this.size }, (_, socket) => this.record(socket));
  }

  /** Each descriptor once, by pid and descriptor. */
  owners(socket: number): NumberedOwner[] {
    const { owners } = this.#load();
    const begin = this.#field(socket, owners_begin);
    return Array.from(owners.subarray(begin, begin + this.#field(socket, owners_count)), (at) =>
      this.#owner(at),
    );
  }

  /** Those of its owners, in order. */
  programsOf(socket: number): number[] {
    const length = this.#field(socket, owners_count);
    return Array.from({ length }, (_, place) => this.programOf(socket, place));
  }

  /** The program of the owner at this place in `owners`. */
  programOf(socket: number, place: number): number {
    const { owners, programs } = this.#load();
    return programs[owners[this.#field(socket, owners_begin) + place] ?? none] ?? none;
  }

  /** Owners that are not among these; 65535: or more. */
  ownersLeftOut(socket: number): number {
    return this.#bytes.readUInt16LE(this.#start(socket) + fields.owners_left_out);
  }

  /** snd_nxt and rcv_nxt; 0: not TCP, or without an owner. */
  sequence(socket: number): { sent: number; received: number } {
    const at = this.#start(socket);
    return {
      sent: this.#bytes.readUInt32LE(at + fields.snd_nxt),
      received: this.#bytes.readUInt32LE(at + fields.rcv_nxt),
    };
  }

  relations(socket: number): Relations {
    const bits = this.#field(socket, flags);
    return {
      peer: this.#numberOf(socket, peer),
      queue: this.#numberOf(socket, queue),
      whole: this.#numberOf(socket, whole),
      container: this.#container(this.#field(socket, container)),
      lifeline: (bits & constants.joinedFlag.lifeline) !== 0,
      kernel: (bits & constants.joinedFlag.kernel) !== 0,
    };
  }

  /** The socket of the listing before that has the same rows, whatever their sequence numbers; null: none has, or none was read then. */
  sameAs(socket: number): number | null {
    return this.#numberOf(socket, same_as);
  }

  /** The owners of the listeners of an accept queue, one for each process, up to 64. */
  queueOwners(number: number): NumberedOwner[] {
    return Array.from(this.#load().queues[number] ?? [], (at) => this.#owner(at));
  }

  /** These sockets, or null: all that are not closed; without paths of MPTCP sockets among them. `inOrder`: that of people. */
  list(sockets: readonly number[] | null, inOrder: boolean): ListedRows {
    const listed = this.#join.list(sockets && Uint32Array.from(sockets), inOrder);
    return new ListedRows(this.#join, listed, this.#containers);
  }

  #load(): Tables {
    this.#tables ??= {
      sockets: this.#join.sockets(),
      owners: this.#join.owners(),
      queues: this.#join.queues(),
      programs: this.#join.programsOfRows(),
    };
    return this.#tables;
  }

  #field(socket: number, offset: number): number {
    return this.#load().sockets[socket * relationSize + offset / word] ?? none;
  }

  #numberOf(socket: number, offset: number): number | null {
    const number = this.#field(socket, offset);
    return number === none ? null : number;
  }

  #start(socket: number): number {
    return this.#field(socket, row) * rowSize;
  }

  #netns(socket: number): number {
    return this.#bytes.readUInt32LE(this.#start(socket) + fields.netns);
  }

  #container(number: number): Container | null {
    return this.#containers[number] ?? null;
  }

  #owner(at: number): NumberedOwner {
    const program = this.#load().programs[at] ?? 0;
    const { pid, startTime, name } = this.programs[program] as ProgramRecord;
    return {
      program,
      owner: {
        pid,
        startTime,
        fd: this.#bytes.readInt32LE(at * rowSize + fields.fd),
        name,
        uid: this.#bytes.readUInt32LE(at * rowSize + fields.owner_uid),
      },
    };
  }
}
