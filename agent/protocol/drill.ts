/** Drills: planned faults, and measurements of how a program reconnects after each. */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { End, Fault } from './choices';
import type { Endpoint } from './sockets';

export interface DrillParams {
  /** As for destroying; evaluated again before each round. */
  readonly filter: string;
  /** Rounds; 1 to limits.drillRounds. */
  readonly times: number;
  /** Minimum milliseconds from the recovery of a round, or the end of its wait, to the next; `jitter`: random part of it, 0 to 1. */
  readonly everyMs: number;
  readonly jitter: number;
  /** Milliseconds after which a round ends in which not all connections came back. */
  readonly waitMs: number;
  readonly end: End;
  /** Only one of the matching connections is destroyed in each round. */
  readonly oneOfPool: boolean;
  /** The remote is held down after the destroy (a blackhole: instead of it) for so many milliseconds; null: it is not. */
  readonly hold: { readonly fault: Fault; readonly ms: number } | null;
  /** As of an outage, for the first round: later ones cut what matches by then. */
  readonly agreed?: readonly string[];
}

/**
 * Result of an attempt: `connected`; `refused`, `unreachable` or `denied` by an outage of Sockscope or by the network;
 * `timed-out`; `reset`; `abandoned` by the program itself, as after a timeout of its own; `failed` at once and without a packet,
 * mostly because there is no route; `pending` at the end of the round.
 */
export const attemptResults = [
  'connected',
  'refused',
  'unreachable',
  'denied',
  'timed-out',
  'reset',
  'abandoned',
  'failed',
  'pending',
] as const;
export type AttemptResult = (typeof attemptResults)[number];

/** A connect() of a process that is drilled. Milliseconds count from the round's destroy. */
export interface Attempt {
  readonly atMs: number;
  readonly durationMs: number;
  readonly result: AttemptResult;
  readonly remote: Endpoint;
  readonly pid: number;
  /** Refused by an outage of Sockscope, not by the network. */
  readonly byOutage: boolean;
}

/** Attempts of one process to one remote that are not listed one by one. Milliseconds count from the round's destroy. */
export interface AttemptGroup {
  /** Null: of several processes; likewise several remotes. */
  readonly pid: number | null;
  readonly remote: Endpoint | null;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Milliseconds between the starts of attempts: quantiles; null: there was one attempt. */
  readonly gapsMs: { readonly p5: number; readonly p50: number; readonly p95: number } | null;
  /** How many had which result. */
  readonly results: Readonly<Partial<Record<AttemptResult, number>>>;
}

/** A connection that was lost. */
export interface LostConnection {
  readonly remote: Endpoint;
  /** Its owners. */
  readonly pids: readonly number[];
  /** When the one that replaces it was established; null: none does. */
  readonly backMs: number | null;
}

/**
 * `partly-recovered`: some of the connections that were cut came back, and not all. `missed`: nothing matched. `denied`: only
 * what belongs to other users matched. `gave-up`: it made attempts, and none succeeded. `lazy`: it made none to
 * what it lost, and may do so only when it has something to send. `storm`: more than 20 attempts in a second to one port, for each
 * connection that it lost there (where it lost none, that it lost at all), or for each server that it asked there, whichever are more.
 * `unknown`: events were lost that could have changed the verdict, or it connected to another port instead, which may replace what it
 * lost, or be another service.
 */
export const verdicts = [
  'recovered',
  'partly-recovered',
  'gave-up',
  'lazy',
  'crashed',
  'storm',
  'spinning',
  'unaffected',
  'missed',
  'denied',
  'unknown',
] as const;
export type Verdict = (typeof verdicts)[number];

export interface ProcessEnd {
  readonly pid: number;
  readonly name: string;
  readonly atMs: number;
  readonly code: number | null;
  /** `SIGSEGV`; null: it exited. */
  readonly signal: string | null;
  /** The same parent has started it again. */
  readonly restartedAs: { readonly pid: number; readonly atMs: number } | null;
}

export interface DrilledProcess {
  readonly pid: number;
  readonly name: string;
}

export interface Round {
  /** From 1. */
  readonly round: number;
  /** Those that are expected to reconnect: they held what was to be cut; at most limits.roundProcesses. */
  readonly processes: readonly DrilledProcess[];
  /** ISO 8601, UTC: the destroy, or the start of the blackhole. */
  readonly startedAt: string;
  /** The same in milliseconds of CLOCK_MONOTONIC, the kernel's clock, by which all times of the round are measured. */
  readonly startedMs: number;
  readonly destroyed: number;
  /** Connections that were lost: destroyed, or in a blackhole ended. */
  readonly cut: number;
  /** Maximum of these that were back at one time: `recovered` of `cut`. */
  readonly recovered: number;
  /** The lost connections, one by one, the first that came back first; at most limits.roundAttempts. */
  readonly lost: readonly LostConnection[];
  /** Null: there was none. */
  readonly firstAttemptMs: number | null;
  /** When the first connection came back; null: none did. */
  readonly recoveredMs: number | null;
  /** When the last one did; null: not all came back, or it is not known. */
  readonly allRecoveredMs: number | null;
  readonly bytesMs: number | null;
  /** All attempts that were recorded. */
  readonly attemptCount: number;
  /** Events that were lost in the round, because more came than could be recorded; normally 0. */
  readonly dropped: number;
  /** Some were: all counts are minimums, and a verdict that these events could change is `unknown`. */
  readonly incomplete: boolean;
  /** The first attempts, and the one that recovered. */
  readonly attempts: readonly Attempt[];
  /** The attempts behind the first ones, counted. */
  readonly more: readonly AttemptGroup[];
  /** Milliseconds between the starts of the first attempts. */
  readonly gapsMs: readonly number[];
  /** Recovered at another remote than the one that was lost, with the same port; null: at the same, or not at all. */
  readonly recoveredAt: Endpoint | null;
  readonly verdict: Verdict;
  /** One sentence for people. */
  readonly message: string;
  readonly exit: ProcessEnd | null;
}

/** A round without any event. */
export function emptyRound(round: number, startedAt: string): Omit<Round, 'verdict'> {
  return {
    round,
    processes: [],
    startedAt,
    startedMs: 0,
    destroyed: 0,
    cut: 0,
    recovered: 0,
    lost: [],
    firstAttemptMs: null,
    recoveredMs: null,
    allRecoveredMs: null,
    bytesMs: null,
    attemptCount: 0,
    dropped: 0,
    incomplete: false,
    attempts: [],
    more: [],
    gapsMs: [],
    recoveredAt: null,
    message: '',
    exit: null,
  };
}

/** `12`, or `at least 12` where events were lost. */
export function attemptCountText({ attemptCount, incomplete }: Round): string {
  return incomplete ? `at least ${attemptCount}` : String(attemptCount);
}

export const backoffs = ['none', 'constant', 'linear', 'exponential', 'unclear'] as const;

export interface Backoff {
  readonly kind: (typeof backoffs)[number];
  readonly jitter: boolean;
  /** Milliseconds that no gap exceeds; null: no cap was detected. */
  readonly capMs: number | null;
  /** 0 to 1: how well the gaps fit. */
  readonly confidence: number;
}

export interface DrillSummary {
  readonly rounds: number;
  /** Rounds in which all connections came back, without an end of the process. */
  readonly recovered: number;
  /** Of the times in which all came back; null: in no round. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly backoff: Backoff['kind'];
  readonly backoffDetail: Backoff;
}

export interface DrillResult {
  readonly target: string;
  /** As in the request. */
  readonly hold: DrillParams['hold'];
  readonly rounds: readonly Round[];
  readonly summary: DrillSummary;
  /** It was cancelled before its last round. */
  readonly cancelled: boolean;
}

/**
 * Drills and measures; access `act`. Cancel with $/cancelRequest: the rounds so far are the answer. Meanwhile drillProgress is
 * sent. Errors: invalidFilter, changed, readOnly, needsAgent, kernelRefused, brokerLost.
 */
export const runDrill = new RequestType<DrillParams & { readonly drill: number }, DrillResult, void>(
  'drills/run',
);

/**
 * An event of a running drill. Milliseconds count from the round's destroy. An attempt is reported when it begins, and again with
 * its result; only those that the round will list.
 */
export type DrillEvent =
  | { readonly kind: 'destroyed'; readonly round: number; readonly count: number; readonly at: string }
  | { readonly kind: 'held'; readonly round: number; readonly fault: Fault; readonly untilMs: number }
  | { readonly kind: 'attempt'; readonly round: number; readonly attempt: Attempt }
  | { readonly kind: 'round'; readonly round: Round };

/** `drill`: the number that the client chose in its request. */
export const drillProgress = new NotificationType<{ readonly drill: number; readonly event: DrillEvent }>(
  'drills/progress',
);
