/** Every limit that both sides know, once. */
export const limits = {
  /** Sockets in one page of a listing. */
  listPage: 2000,
  /** Groups whose rows one view may ask for, and rows of each. */
  openGroups: 1000,
  viewRows: 100_000,
  /** Views and watches of one connection. */
  views: 16,
  /** Processes, and folders, that a workspace may name; containers that a client may. */
  roots: 1000,
  folders: 100,
  containers: 1000,
  /** Targets in one destroy or plan request; about 400 KB of message. */
  targets: 2000,
  /** Bytes in one message to the agent. */
  message: 1024 * 1024,
  /** Characters in a filter. */
  filter: 1000,
  /** Milliseconds that a signalled process may have to end. */
  graceMs: 60_000,
  /** Milliseconds that an outage may last. */
  outageMs: 60 * 60 * 1000,
  /** Rounds of a drill, and milliseconds of each of its times. */
  drillRounds: 1000,
  drillMs: 60 * 60 * 1000,
  /** Milliseconds that a destroyNext may wait. */
  waitMs: 24 * 60 * 60 * 1000,
} as const;
