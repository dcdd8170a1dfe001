/** A mistake in the arguments or the environment: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** By its name: each bundle has the class anew. */
export function isUsageError(error: unknown): boolean {
  return error instanceof Error && error.name === 'UsageError';
}
