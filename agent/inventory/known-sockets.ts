/** Describes each listed socket once: names, container, carrier. Valid while the kernel lists the socket unchanged. */

import { stateWord } from '../broker-link/kernel-states';
import type { JoinedSocket } from '../broker-link/records';
import { idKey } from '../protocol';
import type { Processes } from '../system/processes';
import type { KnownSocket } from './known-socket';
import { toOwners } from './owners';
import { connectedTuple } from './tuple';

export class KnownSockets {
  readonly #known = new WeakMap<JoinedSocket, KnownSocket>();
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  get(joined: JoinedSocket): KnownSocket {
    const before = this.#known.get(joined);
    if (before && !before.isUnsure) return before;
    const known = this.#find(joined);
    if (before && before.carriesSession === known.carriesSession && sameCommands(before, known)) {
      before.isUnsure = known.isUnsure;
      return before;
    }
    this.#known.set(joined, known);
    return known;
  }

  #find(joined: JoinedSocket): KnownSocket {
    const { record } = joined;
    const state = stateWord(record);
    const owners = joined.owners.map((owner) => this.#processes.name(owner));
    return {
      id: idKey(record),
      record,
      state,
      owners,
      shown: toOwners(owners),
      container: this.#container(joined),
      carriesSession: joined.owners.some((owner) => this.#processes.carriesSession(owner)),
      tuple: connectedTuple(record, state),
      joined,
      isUnsure: joined.owners.some((owner) => this.#processes.isNew(owner)),
      described: null,
    };
  }

  /** The first that an owner is in. */
  #container({ owners }: JoinedSocket): KnownSocket['container'] {
    for (const owner of owners) {
      const container = this.#processes.container(owner);
      if (container) return container;
    }
    return null;
  }
}

/** Of the same owners. */
function sameCommands(a: KnownSocket, b: KnownSocket): boolean {
  return a.owners.every(({ command }, index) => b.owners[index]?.command === command);
}
