/** A mistake in the arguments or the environment: exit code 2. */
export class UsageError extends Error {}
