/** Runs one work after the other, in turn by those who ask for it: who asks for much waits for it himself. */

import { onBehalfOf, type Principal, presentPrincipal } from './on-behalf';

/** `urgent`: what protects somebody, or takes something back. */
export type Urgency = 'ordinary' | 'urgent';

/** Ends the turn of a work that only waits from now on: others run meanwhile. */
export type Pass = () => void;

export class FairQueue {
  readonly #urgent = new Turns();
  readonly #ordinary = new Turns();
  readonly #maxUnfinished: number;
  #unfinished = 0;
  #hasTurn = false;
  #wasUrgent = false;

  /** `maxUnfinished`: how many ordinary works are begun and not over, at most, those that have passed their turn among them. */
  constructor(maxUnfinished = 1) {
    this.#maxUnfinished = maxUnfinished;
  }

  /** On behalf of the present principal. Of one principal, works of one urgency begin in the order in which they came. */
  run<T>(work: (pass: Pass) => T | Promise<T>, urgency: Urgency = 'ordinary'): Promise<T> {
    const principal = presentPrincipal();
    return new Promise<T>((resolve, reject) => {
      const turn = (pass: Pass) => onBehalfOf(principal, async () => work(pass)).then(resolve, reject);
      (urgency === 'urgent' ? this.#urgent : this.#ordinary).add(principal, turn);
      this.#begin();
    });
  }

  #begin(): void {
    const turn = this.#hasTurn ? undefined : this.#next();
    if (!turn) return;
    this.#hasTurn = true;
    this.#unfinished++;
    let passed = false;
    const pass = () => {
      if (passed) return;
      passed = true;
      this.#hasTurn = false;
      this.#begin();
    };
    void turn(pass).then(() => {
      this.#unfinished--;
      pass();
      this.#begin();
    });
  }

  /** Urgent works go first, but one by one: however many there are, every second turn is an ordinary one. */
  #next(): Turn | undefined {
    const isFull = this.#unfinished >= this.#maxUnfinished;
    const isUrgentFirst = isFull || !this.#wasUrgent;
    const [first, second] = isUrgentFirst ? [this.#urgent, this.#ordinary] : [this.#ordinary, this.#urgent];
    const from = first.empty && !isFull ? second : first;
    this.#wasUrgent = from === this.#urgent;
    return from.take();
  }
}

/** Never rejects. */
type Turn = (pass: Pass) => Promise<void>;

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
