/** One structured line for each mutating call: who, what, outcome. */

import { constants, mkdirSync, openSync, writeSync } from 'node:fs';
import type { DestroyedSocket } from './protocol';
import type { Client } from './scope';

export interface AuditEntry {
  readonly method: string;
  readonly client: Client;
  readonly result: DestroyedSocket;
}

export type Audit = (entry: AuditEntry) => void;

/** For the observer, which changes nothing. */
export const noAudit: Audit = () => {};

/** Each line also goes to standard error, where whoever started the agent sees it. */
export function echoed(audit: Audit): Audit {
  return (entry) => {
    audit(entry);
    process.stderr.write(toLine(entry));
  };
}

/**
 * Lines of JSON at the end of /var/log/sockscope/audit.log, which only root can read and whose last component is never
 * followed as a link. Call it while still root.
 */
export function openAudit(): Audit {
  mkdirSync('/var/log/sockscope', { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const file = openSync('/var/log/sockscope/audit.log', O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  return (entry) => {
    writeSync(file, toLine(entry));
  };
}

function toLine(entry: AuditEntry): string {
  return `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`;
}
