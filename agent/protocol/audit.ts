/** The audit log: what the broker did for the served user, and what it refused. */

import { RequestType } from 'vscode-jsonrpc';

export interface AuditParams {
  /** Milliseconds since 1970; 0: all that is kept. */
  readonly since: number;
}

export interface AuditLines {
  /** Each an AuditEntry as JSON, as in the file; the newest last. At most 1 MiB. */
  readonly lines: readonly string[];
  /** False: older lines were left out. */
  readonly complete: boolean;
}

/** Who asked, as the agent says. */
interface Claimed {
  readonly uid: number;
  readonly pid: number;
  readonly method: string;
}

interface NamedProcess {
  readonly pid: number;
  /** Untrusted text. */
  readonly name: string;
}

interface Place {
  readonly address?: string;
  readonly port?: number;
}

/** The fields of a line that texts are made of; there are more. */
export interface AuditEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The served uid. */
  readonly uid: number;
  readonly scope: 'mine' | 'all';
  /**
   * - `intent`: before an act.
   * - `outcome`: after it.
   * - `refusal`: nothing was done.
   * - `sum`: of acts and refusals without lines of their own.
   */
  readonly phase: 'intent' | 'outcome' | 'refusal' | 'sum';
  readonly act: string;
  readonly outcome?: string;
  readonly count?: number;
  /** Of an intent that stands for all that is done to its process (without one: to any) within so many seconds; a sum follows. */
  readonly common_s?: number;
  readonly claimed?: Claimed;
  readonly cookie?: string;
  readonly local?: Place;
  readonly remote?: Place;
  readonly owner?: NamedProcess;
  readonly process?: NamedProcess;
  readonly rule?: number;
  readonly fault?: string;
  readonly signal?: number;
}

/**
 * Lines of the audit log that concern the served user, whoever asks; access `see`. Root reads the files themselves. Errors:
 * needsAgent, brokerLost, kernelRefused.
 */
export const readAudit = new RequestType<AuditParams, AuditLines, void>('audit/read');
