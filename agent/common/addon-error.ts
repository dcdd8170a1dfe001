import { StartExit } from './start-exit';

/** The addon cannot be loaded. The message says why, and what to do: it is for the person at the terminal. */
export class AddonError extends Error {
  constructor(
    message: string,
    readonly exitCode: StartExit = StartExit.incomplete,
  ) {
    super(message);
  }
}
