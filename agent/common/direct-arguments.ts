/** An argument of the agent program as `direct`: it watches nothing and holds nothing down, and starts in half the time. */
export const withoutWatching = '--without-watching';
