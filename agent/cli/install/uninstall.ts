/** `sockscope agent uninstall [--logs keep|remove]` */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connectAnyAgent } from '../../client/connect';
import { hasEnded } from '../../client/has-ended';
import { runFolder } from '../../common/agent-socket';
import { installFolder } from '../../common/installed-files';
import { agentStop } from '../../protocol';
import { oneOf, readArguments } from '../arguments';
import { auditFolder } from '../audit-files';
import { ask } from '../confirm';
import { CommandError, Exit } from '../exit';
import { printLine } from '../output';
import { agentVerbs } from '../syntax/agent';
import { removeCopy, requireRemovable } from './copy';
import { removeLink } from './link';
import { lockInstall } from './lock';
import { removeLogs } from './remove-logs';
import { requireRoot } from './require-root';
import { removeUnits } from './units';

export async function uninstall(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, agentVerbs.uninstall);
  const logs = values.logs === '' ? null : oneOf('logs', values.logs, ['keep', 'remove']);
  requireRoot(['uninstall', ...words]);
  const removesLogs =
    existsSync(auditFolder) && (logs === 'remove' || (logs === null && (await wantsLogsRemoved())));
  lockInstall();
  requireRemovable();
  const hadUnits = removeUnits();
  await stopAgents();
  removeLink();
  printLine(removeCopy() ? `${installFolder} is removed` : 'No copy of Sockscope is installed');
  if (hadUnits) printLine('The units of systemd are removed, which started its agents');
  if (removesLogs) removeLogs();
  const stays = existsSync(auditFolder) ? `the audit log in ${auditFolder}, ` : '';
  printLine(
    `What stays: ${stays}agents that were not started from the copy, and the extension with its settings`,
  );
  return Exit.ok;
}

/** Throws CommandError: usage, where there is no terminal to ask on, and failed at Ctrl-C. */
async function wantsLogsRemoved(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CommandError(
      Exit.usage,
      'There is no terminal to ask on: add --logs keep or --logs remove, for the audit log',
    );
  const answer = await ask(`Remove the audit log in ${auditFolder} as well?`);
  if (answer === 'none')
    throw new CommandError(Exit.failed, 'Nothing was removed: the question was not answered');
  return answer === 'yes';
}

/** Those of every user that were started from the copy. */
async function stopAgents(): Promise<void> {
  const names = existsSync(runFolder) ? readdirSync(runFolder) : [];
  for (const uid of names.filter((name) => /^\d+$/.test(name))) {
    try {
      await stopAgentOf(Number(uid));
    } catch (error) {
      printLine(`The agent of uid ${uid} could not be asked to stop: ${String(error)}`);
    }
  }
}

async function stopAgentOf(uid: number): Promise<void> {
  const client = await connectAnyAgent(uid);
  if (!client) return;
  const { pid } = client.info;
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${installFolder}/`)) return;
    await Promise.race([client.request(agentStop, {}), client.closed()]);
  } finally {
    client.close();
  }
  printLine(
    (await hasEnded(pid))
      ? `The agent of uid ${uid} (pid ${pid}) has ended`
      : `The agent of uid ${uid} (pid ${pid}) was asked to stop but still runs: end it`,
  );
}
