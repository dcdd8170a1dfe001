/** `sockscope doctor [--log] [--json]` */

import { readFileSync } from 'node:fs';
import { installedCopyCheck } from '../../client/installed-copy';
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
    const all = [...checks, installedCopyCheck(), sudoCheck()];
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

/** A process that may not gain privileges cannot run sudo (microsoft/vscode#253204, snap, some containers). */
function sudoCheck(): Check {
  const barred = /^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'utf8'));
  const detail = barred
    ? 'This process may not gain privileges (no_new_privs), so sudo cannot work here: start the agent from another terminal'
    : 'Nothing prevents sudo from working here';
  return { name: 'sudo', ok: !barred, detail };
}
