/** What the agent program exports to the command line, which becomes an agent, or has one in its own process for one list. */

import type { AgentInfo } from '../protocol';

/** Answers the requests of a list, and no others. */
export interface InProcess {
  readonly info: AgentInfo;
  /** Resolves with what a connection would deliver, and rejects likewise. */
  request(method: string, params: unknown): Promise<unknown>;
  close(): void;
}

export interface AgentProgram {
  /** As if it had been started with these arguments: it ends this process itself. `inWords`: commands in texts as they can be run. */
  runAgent(words: string[], inWords: (text: string) => string): void;
  /** Without privileges. Throws AddonError. */
  observeInProcess(): Promise<InProcess>;
  /**
   * With a broker of its own. Drops root for good: afterwards this process starts no program and reads none of root's files. Throws
   * AddonError and StartRefused.
   */
  directInProcess(): Promise<InProcess>;
}
