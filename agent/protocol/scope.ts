/** What a client may act on. */

/** Sockets of its own user, or all. */
export const scopes = ['mine', 'all'] as const;
export type Scope = (typeof scopes)[number];
