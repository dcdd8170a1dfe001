/** Objects of the sockets of a scan: made when they are asked for, and kept from scan to scan while nothing about them changes. */

import type { JoinedRows, NumberedOwner } from '../broker-link/joined-rows';
import { idKey, stateWord } from '../protocol';
import type { NamedOwner, Program } from '../system/processes';
import { describeSocket } from './describe-socket';
import type { KnownSocket, SeenSocket, SocketContext } from './known-socket';
import { toOwners } from './owners';

const noOwners: readonly NamedOwner[] = [];

export class SocketObjects {
  readonly #rows: JoinedRows;
  readonly #programs: readonly Program[];
  /** By number; holes where none has asked. */
  #known: (KnownSocket | undefined)[] = [];
  #seen: (SeenSocket | undefined)[] = [];
  /** Owners by accept queue, one list for all that wait in it. */
  readonly #queues = new Map<number, readonly NamedOwner[]>();
  #made = 0;

  /** `programs`: by their numbers in `rows`, which are described. `before`: of the listing that `rows` were joined with. */
  constructor(rows: JoinedRows, programs: readonly Program[], before: SocketObjects | null) {
    this.#rows = rows;
    this.#programs = programs;
    if (before && before.#made > 0) this.#keep(before);
  }

  /** The socket of this number. */
  at(number: number): SeenSocket {
    const known = this.#seen[number];
    if (known) return known;
    const seen = describeSocket(this.#knownAt(number), this.#contextOf(number));
    this.#seen[number] = seen;
    return seen;
  }

  /** Room for all, once there is one: written with gaps, an array without it becomes a slow one. */
  #begin(): void {
    this.#known = new Array(this.#rows.size);
    this.#seen = new Array(this.#rows.size);
  }

  #keep(before: SocketObjects): void {
    this.#begin();
    for (let number = 0; number < this.#rows.size; number++) {
      const same = this.#rows.sameAs(number);
      const known = same === null ? undefined : before.#known[same];
      if (!known || !this.#hasPrograms(number, known.programs)) continue;
      Object.assign(known.sequence, this.#rows.sequence(number));
      this.#known[number] = known;
      this.#made++;
    }
  }

  #hasPrograms(number: number, programs: readonly Program[]): boolean {
    return programs.every((program, at) => this.#programs[this.#rows.programOf(number, at)] === program);
  }

  #knownAt(number: number): KnownSocket {
    const known = this.#known[number];
    if (known) return known;
    if (this.#made === 0) this.#begin();
    const made = this.#make(number);
    this.#known[number] = made;
    this.#made++;
    return made;
  }

  #make(number: number): KnownSocket {
    const record = this.#rows.record(number);
    const numbered = this.#rows.owners(number);
    const owners = numbered.map((owner) => this.#named(owner));
    return {
      id: idKey(record),
      record,
      state: stateWord(record.kernelState, record.protocol, record.local.port),
      owners,
      programs: numbered.map(({ program }) => this.#programs[program] as Program),
      shown: toOwners(owners),
      ownersLeftOut: this.#rows.ownersLeftOut(number),
      sequence: this.#rows.sequence(number),
      described: null,
    };
  }

  #named({ owner, program }: NumberedOwner): NamedOwner {
    const { pid, startTime, fd, uid } = owner;
    const { name, command } = this.#programs[program] as Program;
    return { pid, startTime, fd, name, uid, command };
  }

  #contextOf(number: number): SocketContext {
    const { peer, queue, whole, container, lifeline, kernel } = this.#rows.relations(number);
    return {
      peer: peer === null ? undefined : this.#knownAt(peer),
      peerHolders: peer === null ? noOwners : this.#holdersOf(peer),
      queuedFor: this.#queueOwners(queue),
      container,
      lifeline,
      kernel,
      whole: whole === null ? null : this.#knownAt(whole).id,
    };
  }

  #holdersOf(number: number): readonly NamedOwner[] {
    const { owners } = this.#knownAt(number);
    return owners.length > 0 ? owners : this.#queueOwners(this.#rows.relations(number).queue);
  }

  #queueOwners(queue: number | null): readonly NamedOwner[] {
    if (queue === null) return noOwners;
    const known = this.#queues.get(queue);
    if (known) return known;
    const owners = this.#rows.queueOwners(queue).map((owner) => this.#named(owner));
    this.#queues.set(queue, owners);
    return owners;
  }
}
