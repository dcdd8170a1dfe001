/** The agent itself: its version and mode, its status, and its end. */

import { RequestType } from 'vscode-jsonrpc';
import type { Engine } from './choices';
import type { Scope } from './scope';

/** `agent`: over its Unix socket; `direct`: root's own, for one call; `observer`: without privileges. */
export type Mode = 'agent' | 'direct' | 'observer';

/** Found in the answer to `initialize`, as `capabilities.experimental`. */
export interface AgentInfo {
  readonly version: string;
  /** `protocolNumber` of whoever answers. */
  readonly protocol: number;
  readonly mode: Mode;
  readonly pid: number;
  /** The uid that the agent serves. */
  readonly uid: number;
  readonly scope: Scope;
  readonly readOnly: boolean;
  /** What can destroy here, best first; empty for the observer. */
  readonly engines: readonly Engine[];
}

/** What an agent was started from. */
export interface ProgramFiles {
  readonly program: string;
  /** The JavaScript runtime. */
  readonly runtime: string;
  /** Of both, the addon and all folders above: what others than root can change, such as `/home/me belongs to uid 1000`. */
  readonly changeable: readonly string[];
}

export interface AgentStatus extends AgentInfo {
  /** Agents from before protocol 13 do not say it. */
  readonly files?: ProgramFiles;
  /** Seconds since the agent started. */
  readonly uptime: number;
  readonly clients: number;
  /** Milliseconds without a client after which the agent ends. */
  readonly idleExitMs: number;
  readonly brokerPid: number | null;
  /** Milliseconds for which the broker has owed an answer; 0: it answers. Null in the observer. */
  readonly brokerSilentMs: number | null;
  /** Scans of all sockets since the agent started. What a request for some sockets costs does not follow their number. */
  readonly wholeScans: number;
}

export interface Check {
  /** Short and stable, for scripts: `kfunc`, `btf`. */
  readonly name: string;
  readonly ok: boolean;
  /** One sentence: what was found, and where it is not ok, what to do. */
  readonly detail: string;
}

/** Of this kernel. */
export interface KnownBug {
  /** Short and stable, for scripts: `CVE-2026-98384`, `tcp-walk`. */
  readonly name: string;
  /** One line: what it is, what is done about it, and which kernel is without it. */
  readonly detail: string;
}

export interface DoctorResult {
  /** `uname -r`. */
  readonly kernel: string;
  readonly engines: readonly Engine[];
  readonly checks: readonly Check[];
  /** That touch what is done here, by the kernel's version: a fix that its distribution has taken over does not show. */
  readonly bugs: readonly KnownBug[];
  /** Of the broker: what it could not load, with what libbpf and the kernel's verifier said. */
  readonly log: string;
}

/** Access `see`. */
export const agentStatus = new RequestType<Record<string, never>, AgentStatus, void>('agent/status');

/** What this kernel and this user can do, and why not; access `see`. */
export const agentDoctor = new RequestType<Record<string, never>, DoctorResult, void>('agent/doctor');

/** Ends the agent, its broker and its links, after the answer; access `see`: every client may end it. */
export const agentStop = new RequestType<Record<string, never>, null, void>('agent/stop');
