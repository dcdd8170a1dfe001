/** Results of acts, one JSON line each, for the terminal that the agent was started in. The audit log is the broker's. */

import type { Caller } from '../broker-link/claim-records';
import { type DestroyedSocket, jsonText, type ProcessId, type Signal, type SignalResult } from '../protocol';

/** A process that was to be signalled, and what became of it. */
interface SignalledProcess extends ProcessId, SignalResult {
  /** Untrusted text. */
  readonly name: string;
  readonly signal: Signal;
}

export type Report = (caller: Caller, result: DestroyedSocket | SignalledProcess) => void;

/** For an observer and a single command, whose user sees the result anyway. */
export const noReport: Report = () => {};

export function reportTo(print: (line: string) => void): Report {
  return (caller, result) => print(`${jsonText({ at: new Date().toISOString(), ...caller, result })}\n`);
}
