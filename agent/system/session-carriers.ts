/** Processes that carry sessions, with or without a socket of their own now. */

import { readdirSync } from 'node:fs';
import { isCarrier } from '../inventory/lifeline';
import { startTimeOf } from './process-stat';
import { commandOf, type NamedOwner, programName, readText } from './processes';

/** `own`: agent and broker. `holders`: of sockets, whose names the kernel tells where /proc hides them (hidepid). */
export function carrierPids(own: readonly number[], holders: readonly NamedOwner[]): number[] {
  const seen = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0 && isCarrierPid(pid, own));
  const hidden = holders.filter((holder) => isCarrier(holder, own)).map(({ pid }) => pid);
  return [...new Set([...own, ...seen, ...hidden])];
}

function isCarrierPid(pid: number, own: readonly number[]): boolean {
  const command = commandOf(pid);
  const name = programName(readText(pid, 'comm').trimEnd(), command);
  return isCarrier({ pid, startTime: startTimeOf(pid), fd: -1, uid: 0, name, command }, own);
}
