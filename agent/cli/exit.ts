import { StartExit } from '../common/start-exit';

/** Exit codes of the command line, on which scripts rely. */
export const Exit = {
  /** All targets were destroyed, reset or gone. */
  ok: 0,
  /** Some target was not. */
  failed: 1,
  usage: 2,
  /** No agent, none of this protocol number, or denied for all. */
  denied: 3,
  nothingMatched: 4,
  /** No copy was installed, or not its unit, for whatever reason. Not 1, with which sudo ends where it has run nothing: the editor tells them apart. */
  notInstalled: StartExit.refused,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** Ends the command with a message on standard error. */
export class CommandError extends Error {
  readonly exit: Exit;

  constructor(exit: Exit, message: string) {
    super(message);
    this.exit = exit;
  }
}

/** Null: it is none. By its property: each bundle has this class anew. */
export function exitOfCommand(error: unknown): Exit | null {
  return error instanceof Error && 'exit' in error ? (error.exit as Exit) : null;
}
