import { StartExit } from '../../agent/common/start-exit';

/** As in the `when` clauses of the welcome texts; empty: none of these. */
export type StartCause = 'incomplete' | 'foreign' | 'noProc' | '';

/** Sockscope cannot run here as it is. The message says why, and what to do. */
export class StartFailure extends Error {
  constructor(
    message: string,
    readonly startCause: StartCause,
  ) {
    super(message);
  }
}

/** By the exit code of the agent program. */
export function startCauseOf(code: number | null): StartCause {
  if (code === StartExit.incomplete) return 'incomplete';
  if (code === StartExit.foreign) return 'foreign';
  return code === StartExit.noProc ? 'noProc' : '';
}
