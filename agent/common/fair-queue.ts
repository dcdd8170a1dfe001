/** Runs one work after the other, in turn by those who ask for it: who asks for much waits for it himself. */

import { onBehalfOf, type Principal, presentPrincipal } from './on-behalf';

/** `urgent`: what protects somebody, or takes something back. */
export type Urgency = 'ordinary' | 'urgent';

export class FairQueue {
  readonly #urgent = new Turns();
  readonly #ordinary = new Turns();
  #running = false;
  #wasUrgent = false;

  /** On behalf of the present principal. Of one principal, works of one urgency run in the order in which they came. */
  run<T>(work: () => T | Promise<T>, urgency: Urgency = 'ordinary'): Promise<T> {
    const principal = presentPrincipal();
    return new Promise<T>((resolve, reject) => {
      const turn = () => onBehalfOf(principal, async () => work()).then(resolve, reject);
      (urgency === 'urgent' ? this.#urgent : this.#ordinary).add(principal, turn);
      if (!this.#running) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#running = true;
    for (let turn = this.#next(); turn; turn = this.#next()) await turn();
    this.#running = false;
  }

  /** Urgent works go first, but one by one: however many there are, every second turn is an ordinary one. */
  #next(): Turn | undefined {
    const [first, second] = this.#wasUrgent ? [this.#ordinary, this.#urgent] : [this.#urgent, this.#ordinary];
    const from = first.empty ? second : first;
    this.#wasUrgent = from === this.#urgent;
    return from.take();
  }
}

/** Never rejects. */
type Turn = () => Promise<void>;

/** Who waits, in the order of their next turns, each with his works. */
class Turns {
  readonly #waiting = new Map<Principal, Turn[]>();

  get empty(): boolean {
    return this.#waiting.size === 0;
  }

  add(principal: Principal, turn: Turn): void {
    const turns = this.#waiting.get(principal);
    if (turns) turns.push(turn);
    else this.#waiting.set(principal, [turn]);
  }

  take(): Turn | undefined {
    const [next] = this.#waiting;
    if (!next) return undefined;
    const [principal, turns] = next;
    const turn = turns.shift();
    // Behind all others.
    this.#waiting.delete(principal);
    if (turns.length > 0) this.#waiting.set(principal, turns);
    return turn;
  }
}
