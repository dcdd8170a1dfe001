/** What freeing a port is made of: the plan, what is asked of a person, and the report. */

import type {
  BindTrial,
  DestroyedSocket,
  Owner,
  PortHolder,
  PortParams,
  PortProtocol,
  PortReport,
  Respawn,
  Signal,
} from '../../protocol';
import type { Requester } from '../requester';

/** A report of the agent with what only its user can tell: who starts a holder again, and which container publishes it. */
export interface PortAnswer extends PortReport {
  /** As isFree. */
  readonly free: boolean;
}

export const acts = ['destroy', 'signal', 'stop-supervisor', 'stop-container', 'take-over'] as const;
export type Act = (typeof acts)[number];

/** Something that is about to be done. */
export interface PlannedStep {
  readonly act: Act;
  /** `node (pid 42)`, `3 connections`, `container web`: untrusted text made visible. */
  readonly target: string;
  /** One sentence: what happens to whom. */
  readonly what: string;
  readonly holders: readonly PortHolder[];
  /** The process that has to end; null: none has, or it is out of sight. */
  readonly process: Owner | null;
  /** Only an agent can do it: somebody else's process, or a destroy. */
  readonly needsAgent: boolean;
  /** Left out if the steps before have made the port free already; the agent is asked for only then. */
  readonly ifStillBusy?: boolean;
}

export interface FreePlan {
  readonly answer: PortAnswer;
  /** In the order in which they are done, mildest first. */
  readonly steps: readonly PlannedStep[];
  /** One sentence for each holder that nothing is done to, and why. */
  readonly leftAlone: readonly string[];
}

export interface FreeOptions extends PortParams {
  readonly signal: Signal;
  /** Milliseconds that a process has to end after a signal. */
  readonly graceMs: number;
  /** Destroys listeners instead of ending their processes. */
  readonly takeOver: boolean;
}

export type StepOutcome =
  | DestroyedSocket['outcome']
  | 'exited'
  | 'running'
  /** It lives on, and holds the port no longer. */
  | 'released'
  | 'stopped'
  | 'taken-over'
  | 'needs-agent';

/** Something that was done, as seen afterwards. */
export interface DoneStep {
  readonly act: Act;
  readonly target: string;
  readonly outcome: StepOutcome;
  /** One sentence for people. */
  readonly message: string;
}

export interface FreeReport {
  readonly port: number;
  readonly protocol: PortProtocol;
  readonly netns: number;
  /** A bind proved it: every one, or (needsReuseaddr) those with SO_REUSEADDR. */
  readonly freed: boolean;
  /** It was free from the start, and nothing was done. */
  readonly already: boolean;
  /** Only servers that set SO_REUSEADDR, as nearly all do, can bind it. */
  readonly needsReuseaddr: boolean;
  readonly steps: readonly DoneStep[];
  readonly binds: readonly BindTrial[];
  /** Who held the port again within the watch. */
  readonly respawn: Respawn | null;
  /** Milliseconds from the consent to the bind that proved it; null: none did. */
  readonly provedMs: number | null;
  /** One or two sentences: free, or why still busy and what to do next. */
  readonly message: string;
}

/** What freeing a port asks of whoever runs it. */
export interface Person {
  /** Shows the plan and asks once. */
  confirm(plan: FreePlan): Promise<boolean>;
  /** The process got SIGTERM and still runs: may it be ended by SIGKILL? */
  offerKill(process: Owner): Promise<boolean>;
  /** The agent, started if the person agrees; null: not to be had, so that what needs it is left undone. */
  agent(): Promise<Requester | null>;
  /** Its listener was taken over and it lives on, deaf: may it be ended by SIGTERM? Absent: nobody is asked, and it is not. */
  offerSignal?(process: Owner): Promise<boolean>;
  /** Whom only this client knows to start a process again (a task, a debug session): null where it is not one of those. */
  supervisorOf(pids: readonly number[]): Supervisor | null;
}

/** Something that starts a process again and can be stopped by the client, as the user. */
export interface Supervisor {
  readonly respawn: Respawn;
  /** Resolves when it was asked to; rejects with a sentence for people. */
  stop(): Promise<void>;
}
