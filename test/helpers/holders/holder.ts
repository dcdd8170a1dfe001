/** What holds a port, as developers meet it: how it is made, and what `sockscope why` and `free` are expected to do. */

import type { PortProtocol } from '../../../agent/protocol';
import type { Netns } from '../netns';
import type { Surroundings } from '../programs';
import type { Site } from '../site';
import type { Stage } from '../stage';

/** Where a holder is made. */
export interface Place {
  readonly stage: Stage;
  readonly netns: Netns;
  readonly site: Site;
}

/** A process that has to do with the port. */
export interface Owner {
  readonly pid: number;
  /** `exit 0`, `SIGTERM`; null while it or a process that it had started runs. */
  ended(): string | null;
}

export interface Held {
  /** The site's, unless the kernel chose it. */
  readonly port: number;
  /** Where it is held, if not in the place's namespace. */
  readonly netns?: Netns;
  /** As whom the command line is run, if not as the stage's user. */
  readonly asker?: Surroundings;
  /** Whoever is there because of the port; none where nobody is left. */
  readonly owners: readonly Owner[];
  /** How the connection ended at the other end (`EOF`, `ECONNRESET`), null while it lives; undefined: there is none. */
  readonly client?: (() => Promise<string | null>) | undefined;
  /** Ends all that was started. */
  stop(): Promise<void>;
}

/** Which binds work: all, those with SO_REUSEADDR, not even those. */
export type Binds = 'free' | 'reuse' | 'busy';

export interface Expected {
  /** `listener: signal` for each holder that `why` tells of, in any order. */
  readonly why: readonly string[];
  /** `signal: exited` for each step of `free`, in order. */
  readonly steps: readonly string[];
  /** What its message has to say. */
  readonly says?: RegExp;
  /** Exit code of `free`. */
  readonly exit: 0 | 1 | 3;
  /** How each owner ends; null: it runs on. */
  readonly owners: readonly (string | null)[];
  /** How the connection ends at the other end, one of these; null: it lives. Empty: there is none. */
  readonly client: readonly (string | null)[];
  readonly before: Binds;
  readonly after: Binds;
}

export interface Holder {
  readonly name: string;
  /** Why it cannot be had here; undefined: it can. */
  missing?(stage: Stage): Promise<string | undefined>;
  readonly protocol?: PortProtocol;
  /** The command runs in another namespace than the holder, and names the holder's or does not. */
  readonly apart?: 'named' | 'unnamed';
  /** More words for `free`: `--take-over`. */
  readonly words?: readonly string[];
  /** With an agent, scope `mine`. */
  readonly expected: Expected;
  start(place: Place): Promise<Held>;
}
