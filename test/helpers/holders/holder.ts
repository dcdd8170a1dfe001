/** The usual holders of a port: how each is created, and the expected results of `sockscope why` and `free`. */

import type { PortProtocol } from '../../../agent/protocol';
import type { Netns } from '../netns';
import type { RunOptions } from '../programs';
import type { Site } from '../site';
import type { Stage } from '../stage';

/** Where a holder is created. */
export interface Place {
  readonly stage: Stage;
  readonly netns: Netns;
  readonly site: Site;
}

/** A process that holds the port, or supervises one that does. */
export interface Owner {
  readonly pid: number;
  /** `exit 0`, `SIGTERM`; null while it or a process that it has started runs. */
  ended(): string | null;
}

export interface HeldPort {
  /** The site's, unless the kernel chose it. */
  readonly port: number;
  /** The namespace of the port, if not that of the place. */
  readonly netns?: Netns;
  /** The user and environment of the command line, if not the stage's user. */
  readonly runAs?: RunOptions;
  /** Empty if no process is left. */
  readonly owners: readonly Owner[];
  /** The end of the connection at the client (`EOF`, `ECONNRESET`), null while it lives; undefined without a connection. */
  readonly client?: (() => Promise<string | null>) | undefined;
  /** Ends all programs that were started. */
  stop(): Promise<void>;
}

/** The binds that work: all, only those with SO_REUSEADDR, none. */
export type Binds = 'free' | 'reuse' | 'busy';

export interface Expected {
  /** `listener: signal` for each holder in the answer of `why`, in any order. */
  readonly why: readonly string[];
  /** `signal: exited` for each step of `free`, in order. */
  readonly steps: readonly string[];
  /** Must match the message of `free`. */
  readonly says?: RegExp;
  /** Exit code of `free`. */
  readonly exit: 0 | 1 | 3;
  /** The end of each owner; null: it survives. */
  readonly owners: readonly (string | null)[];
  /** The possible ends of the connection at the client; null: it survives. Empty without a connection. */
  readonly client: readonly (string | null)[];
  readonly before: Binds;
  readonly after: Binds;
}

export interface Holder {
  readonly name: string;
  /** The reason why it cannot be created on this machine; undefined: it can. */
  missing?(stage: Stage): Promise<string | undefined>;
  readonly protocol?: PortProtocol;
  /** The command runs in another namespace than the holder, with or without --net. */
  readonly apart?: 'named' | 'unnamed';
  /** More arguments for `free`, such as `--take-over`. */
  readonly words?: readonly string[];
  /** With an agent, scope `mine`. */
  readonly expected: Expected;
  start(place: Place): Promise<HeldPort>;
}
