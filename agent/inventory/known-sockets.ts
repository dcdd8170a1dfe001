/** Describes each listed socket once: names, container, carrier. Valid while the kernel lists the socket unchanged. */

import { stateWord } from '../broker-link/kernel-states';
import type { JoinedSocket, SocketRecord } from '../broker-link/records';
import type { Container, State } from '../protocol';
import { idKey } from '../protocol';
import type { NamedOwner, Processes } from '../system/processes';

export interface KnownSocket {
  /** idKey of the record. */
  readonly id: string;
  readonly record: SocketRecord;
  readonly state: State;
  readonly owners: readonly NamedOwner[];
  /** The container of its owners. */
  readonly container: Container | null;
  /** One of its owners is a session carrier. */
  readonly carriesSession: boolean;
  /** Its sequence numbers as of the newest listing. */
  readonly joined: JoinedSocket;
}

export class KnownSockets {
  readonly #known = new WeakMap<JoinedSocket, KnownSocket>();
  /** Sockets of new processes, which may turn out to be others. */
  readonly #unsure = new WeakSet<JoinedSocket>();
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  get(joined: JoinedSocket): KnownSocket {
    const before = this.#known.get(joined);
    if (before && !this.#unsure.has(joined)) return before;
    const known = this.#find(joined);
    if (joined.owners.some((owner) => this.#processes.isNew(owner))) this.#unsure.add(joined);
    else this.#unsure.delete(joined);
    if (before && before.carriesSession === known.carriesSession && sameCommands(before, known))
      return before;
    this.#known.set(joined, known);
    return known;
  }

  #find(joined: JoinedSocket): KnownSocket {
    const { record } = joined;
    const owners = joined.owners.map((owner) => this.#processes.name(owner));
    const [container = null] = owners.flatMap((owner) => this.#processes.container(owner) ?? []);
    return {
      id: idKey(record),
      record,
      state: stateWord(record),
      owners,
      container,
      carriesSession: joined.owners.some((owner) => this.#processes.carriesSession(owner)),
      joined,
    };
  }
}

/** Of the same owners. */
function sameCommands(a: KnownSocket, b: KnownSocket): boolean {
  return a.owners.every(({ command }, index) => b.owners[index]?.command === command);
}
