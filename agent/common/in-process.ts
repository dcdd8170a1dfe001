/** What bundles of the agent export to the command line, which becomes an agent, or has one in its own process for one list. */

import type { AgentInfo } from '../protocol';

/** Answers the requests of a list, and no others. */
export interface InProcess {
  readonly info: AgentInfo;
  /** Resolves with what a connection would deliver, and rejects likewise. */
  request(method: string, params: unknown): Promise<unknown>;
  close(): void;
}

/** `agent.js`. */
export interface AgentProgram {
  /** As if it had been started with these arguments: it ends this process itself. `inWords`: commands in texts as they can be run. */
  runAgent(words: string[], inWords: (text: string) => string): void;
}

/** `list-agent.js`: what one list needs of the agent. Loading it throws AddonError. */
export interface ListAgent {
  /** Without privileges. Rejects with StartRefused. */
  observe(): Promise<InProcess>;
  /** With a broker of its own, which is forked at once. `listsAll`: the list is of all sockets. Throws StartRefused. */
  direct(listsAll: boolean): Forked;
  holdShell: HoldShell;
}

/** As in native/index.d.ts. */
export type HoldShell = (
  script: string,
  words: readonly string[],
) => { readonly input: number; readonly output: number };

interface Forked {
  /**
   * Drops root for good: afterwards this process starts no program and reads none of root's files. Rejects with StartRefused.
   */
  open(): Promise<InProcess>;
}
