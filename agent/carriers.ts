/** Processes that carry sessions, with or without a socket of their own now. */

import { readdirSync } from 'node:fs';
import { isCarrier } from './lifeline';
import { startTimeOf } from './process-stat';
import { commandOf, programName, readText } from './processes';

/** `own`: agent and broker. As lifeline.isCarrier; a process that is hidden from us is none that we can name. */
export function carrierPids(own: readonly number[]): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0 && isCarrierPid(pid, own));
}

function isCarrierPid(pid: number, own: readonly number[]): boolean {
  const command = commandOf(pid);
  const name = programName(readText(pid, 'comm').trimEnd(), command);
  return isCarrier({ pid, startTime: startTimeOf(pid), fd: -1, uid: 0, name, command }, own);
}
