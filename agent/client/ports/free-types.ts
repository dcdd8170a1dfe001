/** Types of freeing a port: the plan, the questions to the user, and the report. */

import type {
  BindTrial,
  DestroyedSocket,
  Owner,
  PortHolder,
  PortParams,
  PortProtocol,
  PortReport,
  ProcessDetail,
  Respawn,
  Signal,
} from '../../protocol';
import type { Requester } from '../requester';

/** The agent's report, completed by the client: what restarts a holder, and which container publishes the port. */
export interface PortAnswer extends PortReport {
  /** As isFree. */
  readonly free: boolean;
}

/** A command that can be run next, which was checked to be possible. */
export interface NextStep {
  readonly command: string;
  /** What it does, or why it comes first; one sentence, without a full stop. */
  readonly why: string;
  /** Where it frees the port: with these options, for a client that does so itself. */
  readonly free?: Required<Pick<FreeOptions, 'addresses' | 'includeInheritors' | 'includeSessions'>>;
}

/** The answer in words, and what to do next. */
export interface Explanation extends PortAnswer {
  /** One sentence, without a full stop: whether it is busy, for which binds, and what holds it. */
  readonly summary: string;
  /** Further sentences, without a full stop. */
  readonly notes: readonly string[];
  /** Those that hold the port, as far as they are known here. */
  readonly processes: readonly ProcessDetail[];
  /** In the order in which they are run; empty: nothing has to be done, or nothing is known to help. */
  readonly next: readonly NextStep[];
}

const acts = ['destroy', 'release', 'signal', 'stop-supervisor', 'stop-container', 'take-over'] as const;
type Act = (typeof acts)[number];

/** One step of a plan. */
export interface PlannedStep {
  readonly act: Act;
  /** `node (pid 42)`, `3 connections`, `container "web"`: untrusted text, escaped by visibleText. */
  readonly target: string;
  /** One sentence: what is done to which process or socket. */
  readonly what: string;
  readonly holders: readonly PortHolder[];
  /** The process that has to end; null: none has to, or it is hidden. */
  readonly process: Owner | null;
  /** Only an agent can do it: another user's process, or a destroy. */
  readonly needsAgent: boolean;
  /** Skipped if the port is free after the steps before; the agent is asked for only where it is not. */
  readonly ifStillBusy?: boolean;
}

export interface FreePlan {
  readonly answer: PortAnswer;
  /** As in Explanation. */
  readonly notes: readonly string[];
  /** In order of execution, mildest first. */
  readonly steps: readonly PlannedStep[];
  /** For each holder that is left alone, one sentence with the reason. */
  readonly leftAlone: readonly string[];
  /** All that hold the port, as far as they are known here: those of the steps, and those that are left alone. */
  readonly processes: readonly ProcessDetail[];
  /** Processes that only inherited a socket, and get no signal without an agreement of their own. */
  readonly inheritors: readonly Owner[];
}

export interface FreeOptions extends PortParams {
  readonly signal: Signal;
  /** Milliseconds that a process has to end after a signal. */
  readonly graceMs: number;
  /** Destroys listeners instead of ending their processes. */
  readonly takeOver: boolean;
  /** Also ends processes that only inherited a socket from those that end. */
  readonly includeInheritors?: boolean;
  /** Also ends processes that carry the sessions of others, such as an ssh master. */
  readonly includeSessions?: boolean;
}

export type StepOutcome =
  | DestroyedSocket['outcome']
  | 'exited'
  | 'running'
  /** The process runs on, but no longer holds the port. */
  | 'released'
  | 'stopped'
  | 'taken-over'
  | 'needs-agent';

/** One step that was done, with its outcome. */
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
  /** As asked for; empty: the usual ones. */
  readonly addresses: readonly string[];
  readonly netns: number;
  /** Every trial bind worked, or (needsReuseaddr) every one with SO_REUSEADDR. */
  readonly freed: boolean;
  /** It was free from the start, and nothing was done. */
  readonly already: boolean;
  /** Only servers that set SO_REUSEADDR, as nearly all do, can bind it. */
  readonly needsReuseaddr: boolean;
  readonly steps: readonly DoneStep[];
  readonly binds: readonly BindTrial[];
  /** The new holder found by the watch after freeing; null: none. */
  readonly respawn: Respawn | null;
  /** Milliseconds from the consent to the bind that proved it; null: not proved. */
  readonly provedMs: number | null;
  /** Milliseconds for which it was watched afterwards, and nothing took it; null: it was not, or something did. */
  readonly watchedMs: number | null;
  /** One or two sentences: free, or why still busy. */
  readonly message: string;
  /** As in Explanation. */
  readonly next: readonly NextStep[];
}

/** Questions to the user while a port is freed. */
export interface FreePrompts {
  /** Shows the plan and asks once. */
  confirm(plan: FreePlan): Promise<boolean>;
  /** The process got SIGTERM and still runs: may it be ended by SIGKILL? */
  offerKill(process: Owner): Promise<boolean>;
  /** The agent, started if the user agrees; null: none, and the steps that need it are not done. */
  agent(): Promise<Requester | null>;
  /** Its listener was taken over and it runs on, deaf: may it be ended by SIGTERM? Absent: it is not ended. */
  offerSignal?(process: Owner): Promise<boolean>;
  /** A supervisor that only this client knows (a task, a debug session) of one of these processes; null: none. */
  supervisorOf(pids: readonly number[]): Supervisor | null;
}

/** Restarts a process, and can be stopped by this client. */
export interface Supervisor {
  readonly respawn: Respawn;
  /** Resolves when the request to stop was sent; rejects with a sentence for people. */
  stop(): Promise<void>;
}
