/** Ends an agent that nobody uses. */
export class IdleExit {
  readonly #ms: number;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, end: () => void) {
    this.#ms = ms;
    this.#end = end;
  }

  /** A client is there. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** The last client has gone, or none has come yet. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, this.#ms);
  }
}
