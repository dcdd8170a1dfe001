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

/**
 * Lines of JSON at the end of /var/log/sockscope/audit.log, which only root can read and whose last component is never
 * followed as a link, and on standard error, where whoever started the agent sees them. Call it while still root.
 */
export function openAudit(): Audit {
  mkdirSync('/var/log/sockscope', { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const file = openSync('/var/log/sockscope/audit.log', O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  return (entry) => {
    const line = `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`;
    writeSync(file, line);
    process.stderr.write(line);
  };
}
