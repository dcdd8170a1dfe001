/** `sockscope doctor [--log] [--json]` */

import { startOwn } from '../../client/connect';
import { installedCopyCheck } from '../../client/installed-copy';
import { ownUid } from '../../client/served-uid';
import { closedText, installElsewhere, startProblem, startProblemText } from '../../client/start-problem';
import { agentDoctor, type Check, type Engine } from '../../protocol';
import { readArguments } from '../arguments';
import { findAgent } from '../connect';
import { Exit } from '../exit';
import { printJson, printLine } from '../output';
import { modeToSee } from '../own-agent';
import { doctor as syntax } from '../syntax/see';

export async function doctor(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, syntax);
  // Why it is the observer is a finding.
  const client = (await findAgent()) ?? (await startOwn(modeToSee('watching')));
  try {
    const { kernel, engines, checks, bugs, log } = await client.request(agentDoctor, {});
    const all = [...checks, ...startChecks()];
    const mode = client.info.mode === 'observer' ? 'none' : client.info.mode;
    if (values.json) printJson({ kernel, mode, engines, checks: all, bugs, log });
    else {
      printLine(`Linux ${kernel}, ${modeText[mode]}: ${engineText(engines, mode)}`);
      for (const { ok, ...check } of all) printFinding(ok ? 'ok' : 'no', check);
      for (const bug of bugs) printFinding('bug', bug);
      if (values.log) printLine(log === '' ? 'The broker has loaded all' : log.trimEnd());
    }
    return Exit.ok;
  } finally {
    client.close();
  }
}

function printFinding(word: string, { name, detail }: Omit<Check, 'ok'>): void {
  printLine(`${word.padEnd(3)} ${name.padEnd(18)} ${detail}`);
}

const modeText = {
  agent: 'through the agent',
  direct: 'as root without an agent',
  none: 'without an agent',
};

function engineText(engines: readonly Engine[], mode: keyof typeof modeText): string {
  if (engines.length > 0) return `destroys sockets by ${engines.join(' and ')}`;
  return mode === 'none' ? 'shows sockets, destroys none' : 'can destroy no socket, for the reasons below';
}

/** Where nobody can start one, a copy of it would be of no use. */
function startChecks(): Check[] {
  return startProblem() === 'contained' ? [startCheck()] : [installedCopyCheck(), startCheck()];
}

/** Such as no_new_privs (microsoft/vscode#253204), or few capabilities in a container. */
function startCheck(): Check {
  const problem = startProblem();
  if (problem) return { name: 'sudo', ok: false, detail: startProblemText(problem) };
  const maybe = closedText();
  if (maybe !== '')
    return { name: 'sudo', ok: false, detail: `${maybe} Install a copy that it can: ${installElsewhere()}` };
  const uid = ownUid();
  const works =
    uid === 0
      ? 'Root can start an agent here'
      : `sudo can work here, for a user who may use it. For another, root can start the agent: SUDO_UID=${uid} sockscope agent serve`;
  return { name: 'sudo', ok: true, detail: works };
}
