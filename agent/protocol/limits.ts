/** Limits that both sides know. */
export const limits = {
  /** Sockets in one page of a listing; bytes of JSON after which an answer that grows with the machine ends and is continued. */
  listPage: 2000,
  answer: 1024 * 1024,
  /** Ids of connections in an answer. */
  connections: 20_000,
  /** Network namespaces in an answer. */
  namespaces: 2000,
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
  /** Names of connections that a user has agreed to (agreed.ts), and characters of each. */
  agreed: 10_000,
  agreedName: 100,
  /** Bytes in one message to the agent. */
  message: 1024 * 1024,
  /** Characters in a filter. */
  filter: 1000,
  /** Maximum time in milliseconds that a signalled process has to end. */
  graceMs: 60_000,
  /** Maximum duration of an outage in milliseconds. */
  outageMs: 60 * 60 * 1000,
  /** Maximum duration of a capture in milliseconds, the living connections that it is for, and bytes of a packet. */
  captureMs: 60 * 60 * 1000,
  captureConnections: 1000,
  packet: 131_072,
  /** Rounds of a drill, and the maximum of each of its durations in milliseconds. */
  drillRounds: 1000,
  drillMs: 60 * 60 * 1000,
  /**
   * Attempts of a round, and about so many of a drill, that are listed one by one: a program that loops makes hundreds of thousands
   * in a second. The others are counted by process and remote, in so many groups.
   */
  roundAttempts: 1000,
  drillAttempts: 20_000,
  roundGroups: 50,
  roundProcesses: 100,
  /** Maximum time in milliseconds in which a connection can be expected to notice a dead peer. */
  livenessMs: 24 * 60 * 60 * 1000,
  /** Maximum time in milliseconds for which connections are watched for leaks, or can be silent. */
  leakMs: 7 * 24 * 60 * 60 * 1000,
  /** Entries of the history, and of one page of it; how far back one may ask, in milliseconds. */
  historyEntries: 20_000,
  historyPage: 1000,
  historyMs: 7 * 24 * 60 * 60 * 1000,
  /** How long the audit log keeps lines, in milliseconds. */
  auditMs: 90 * 24 * 60 * 60 * 1000,
  /** Maximum wait of a destroyNext in milliseconds. */
  waitMs: 24 * 60 * 60 * 1000,
} as const;
