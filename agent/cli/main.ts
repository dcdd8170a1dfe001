/** The command line. */

import { ResponseError } from 'vscode-jsonrpc';
import { version } from '../common/version';
import { ErrorCode, nearest, visibleText } from '../protocol';
import { agent } from './commands/agent';
import { destroy } from './commands/destroy';
import { doctor } from './commands/doctor';
import { drill } from './commands/drill';
import { free } from './commands/free';
import { inspect } from './commands/inspect';
import { list } from './commands/list';
import { log } from './commands/log';
import { outage } from './commands/outage';
import { why } from './commands/why';
import { CommandError, Exit } from './exit';
import { help } from './help';

const verbs = { list, inspect, destroy, why, free, drill, outage, log, doctor, agent };

async function run([verb = '--help', ...words]: string[]): Promise<Exit> {
  if (verb === '--version') return print(`sockscope ${version}\n`);
  if (verb === '--help' || verb === '-h' || verb === 'help' || words.includes('--help')) return print(help);
  const known = Object.keys(verbs) as (keyof typeof verbs)[];
  const found = known.find((name) => name === verb);
  if (!found)
    throw new CommandError(
      Exit.usage,
      `"${verb}" is not a verb of sockscope: the nearest is ${nearest(verb, known)}; sockscope --help shows all`,
    );
  if (process.platform !== 'linux')
    throw new CommandError(
      Exit.denied,
      'Sockscope works on Linux: run it there, for example over Remote-SSH, in WSL or in a container',
    );
  return verbs[found](words);
}

function print(text: string): Exit {
  process.stdout.write(text);
  return Exit.ok;
}

const refusals: readonly number[] = [
  ErrorCode.readOnly,
  ErrorCode.needsAgent,
  ErrorCode.otherProtocol,
  ErrorCode.denied,
];

/** The agent's refusals, as exit codes. */
function exitOf(error: unknown): Exit {
  if (error instanceof CommandError) return error.exit;
  if (!(error instanceof ResponseError)) return Exit.failed;
  if (error.code === ErrorCode.invalidFilter) return Exit.usage;
  return refusals.includes(error.code) ? Exit.denied : Exit.failed;
}

// `sockscope list | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

run(process.argv.slice(2)).then(
  (exit) => {
    process.exitCode = exit;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    // Parts of it may be an agent's words, or a stranger's.
    console.error(
      `sockscope: ${message
        .split('\n')
        .map((line) => visibleText(line))
        .join('\n')}`,
    );
    process.exitCode = exitOf(error);
  },
);
