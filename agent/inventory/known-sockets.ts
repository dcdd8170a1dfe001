/** Describes each listed socket once: names, container, carrier. Valid while the kernel lists the socket unchanged. */

import { stateWord } from '../broker-link/kernel-states';
import type { JoinedSocket, SocketRecord } from '../broker-link/records';
import type { Container, State } from '../protocol';
import { idKey } from '../protocol';
import type { NamedOwner, Processes } from '../system/processes';
import { isSessionCarrier } from '../system/session-carriers';

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
  readonly #processes: Processes;
  readonly #ownPids: readonly number[];

  /** `ownPids`: agent and broker. */
  constructor(processes: Processes, ownPids: readonly number[]) {
    this.#processes = processes;
    this.#ownPids = ownPids;
  }

  get(joined: JoinedSocket): KnownSocket {
    const before = this.#known.get(joined);
    if (before) return before;
    const { record } = joined;
    const owners = joined.owners.map((owner) => this.#processes.name(owner));
    const [container = null] = owners.flatMap((owner) => this.#processes.container(owner) ?? []);
    const known = {
      id: idKey(record),
      record,
      state: stateWord(record),
      owners,
      container,
      carriesSession: owners.some((owner) => isSessionCarrier(owner, this.#ownPids)),
      joined,
    };
    this.#known.set(joined, known);
    return known;
  }
}
