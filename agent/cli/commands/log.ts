/** `sockscope log [--since D] [--json]`: what was done to sockets and processes, and what was refused. */

import { ownUid } from '../../client/served-uid';
import { startAdvice } from '../../client/start-problem';
import { isAnyAgentThere } from '../../common/agent-socket';
import { type AuditEntry, type AuditLines, formatDuration, limits, readAudit } from '../../protocol';
import { readArguments } from '../arguments';
import { readAuditFiles } from '../audit-files';
import { auditHeader, auditRows, hasSums } from '../audit-text';
import { findAgent } from '../connect';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { printJson, printLine, printTable } from '../output';
import { log as syntax } from '../syntax/see';

export async function log(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, syntax);
  const since = Date.now() - readDuration('since', values.since, 1, limits.auditMs);
  const isRoot = ownUid() === 0;
  const { lines, complete } = isRoot ? readAuditFiles(since) : await ofAgent(since);
  const entries = lines.flatMap((line) => entryOf(line) ?? []);
  // Agents sum up once a minute: a user's own is asked, the files have what is written.
  const mayLackSums = isRoot && isAnyAgentThere();
  if (values.json) {
    printJson({ entries, complete, mayLackSums });
    return Exit.ok;
  }
  if (entries.length === 0)
    printLine(
      `Nothing was done or refused in the last ${values.since}: --since ${formatDuration(limits.auditMs)} shows all that is kept`,
    );
  else printTable(auditHeader, auditRows(entries));
  if (hasSums(entries))
    printLine('Rows with a count sum up acts that were too many at once to have a line each');
  if (mayLackSums)
    printLine(
      'An agent runs: what it sums up, it writes once a minute, so sums of the last minute may be missing',
    );
  if (!complete)
    printLine('Older lines were left out: name a shorter time with --since, or read all as root');
  return Exit.ok;
}

/** Lines about the user that the agent serves. */
async function ofAgent(since: number): Promise<AuditLines> {
  const client = await findAgent();
  if (!client)
    throw new CommandError(
      Exit.denied,
      `Only root can read the audit log without an agent, and none runs. ${startAdvice()}`,
    );
  try {
    return await client.request(readAudit, { since });
  } finally {
    client.close();
  }
}

function entryOf(line: string): AuditEntry | null {
  try {
    return JSON.parse(line);
  } catch {
    return null; // two lines in one, since the disk was full at the first
  }
}
