/** Every limit that both sides know, once. */
export const limits = {
  /** Sockets in one page of a listing. */
  listPage: 2000,
  /** Targets in one destroy or plan request. */
  targets: 10_000,
  /** Characters in a filter. */
  filter: 1000,
  /** Milliseconds that a destroyNext may wait. */
  waitMs: 24 * 60 * 60 * 1000,
} as const;
