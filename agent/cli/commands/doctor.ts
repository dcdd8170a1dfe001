/** `sockscope doctor [--log] [--json]` */

import { installedCopyCheck } from '../../client/installed-copy';
import { ownUid } from '../../client/served-uid';
import { closedText, installElsewhere, startProblem, startProblemText } from '../../client/start-problem';
import { agentDoctor, type Check } from '../../protocol';
import { readArguments } from '../arguments';
import { connectToSee } from '../connect';
import { Exit } from '../exit';
import { printJson, printLine } from '../output';
import { doctor as syntax } from '../syntax/see';

export async function doctor(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, syntax);
  const client = await connectToSee('watching');
  try {
    const { kernel, engines, checks, bugs, log } = await client.request(agentDoctor, {});
    const all = [...checks, installedCopyCheck(), startCheck()];
    const mode = client.info.mode === 'observer' ? 'none' : client.info.mode;
    if (values.json) printJson({ kernel, mode, engines, checks: all, bugs, log });
    else {
      printLine(`Linux ${kernel}, ${modeText[mode]}; engines: ${engines.join(', ') || 'none'}`);
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

/** Such as no_new_privs (microsoft/vscode#253204), or few capabilities in a container. */
function startCheck(): Check {
  const problem = startProblem();
  if (problem) return { name: 'sudo', ok: false, detail: startProblemText(problem) };
  const maybe = closedText();
  if (maybe !== '')
    return { name: 'sudo', ok: false, detail: `${maybe} Install a copy that it can: ${installElsewhere()}` };
  const works = ownUid() === 0 ? 'Root can start an agent here' : 'Nothing prevents sudo from working here';
  return { name: 'sudo', ok: true, detail: works };
}
