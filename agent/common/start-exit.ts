/**
 * Exit codes of the agent program at its start, by which the editor knows what to advise. An installed copy that refuses, and an
 * installation that fails, have the last one.
 */
export const StartExit = {
  usage: 2,
  /** A file of Sockscope is missing or damaged. */
  incomplete: 10,
  /** The addon is there, and this machine cannot load it. */
  foreign: 11,
  /** /proc does not show this process. */
  noProc: 12,
  /** For another reason, or by a bug. Not 1, with which sudo ends where it has run nothing. */
  refused: 13,
} as const;
export type StartExit = (typeof StartExit)[keyof typeof StartExit];

/** Of AddonError and StartRefused, by what they have: each bundle has the classes anew. Null: another error. */
export function startExitOf(error: unknown): StartExit | null {
  return error instanceof Error ? ((error as { exitCode?: StartExit }).exitCode ?? null) : null;
}
