/** The command line. */

import './require-node';
import { whyIncomplete } from '../common/incomplete';
import { version } from '../common/version';
import { nearest } from '../protocol/nearest';
import { visibleText } from '../protocol/text';
import { CommandError, Exit, exitOfCommand } from './exit';
import { help, helpOf, syntaxOf } from './help/help-text';
import { syntaxes, type Verb } from './syntax';
import { otherWord } from './syntax/other-words';
import { needsVerb, type Syntax } from './syntax/syntax';
import { commandOf } from './verbs';

async function run([first = '--help', ...rest]: string[]): Promise<Exit> {
  if (['--version', '-V', '-v'].includes(first)) return print(`sockscope ${version}\n`);
  const asksHelp = ['--help', '-h', 'help'].includes(first);
  const [verb, ...words] = asksHelp ? [...rest, '--help'] : [first, ...rest];
  if (verb === undefined || verb === '--help') return print(help());
  const known = Object.keys(syntaxes) as Verb[];
  const found = known.find((name) => name === verb);
  if (!found) throw new CommandError(Exit.usage, verbMistake(verb, known));
  const syntax = syntaxOf(found, words);
  if (asksFor(syntax, words)) return print(helpOf(syntax));
  if (process.platform !== 'linux')
    throw new CommandError(
      Exit.denied,
      'Sockscope works on Linux: run it there, for example over Remote-SSH, in WSL or in a container',
    );
  const command = await commandOf(found);
  const running = command(words);
  endQuietly();
  return running;
}

function verbMistake(verb: string, known: readonly Verb[]): string {
  const near = otherWord(verb) ?? nearest(verb, known);
  const hint = near === undefined ? '' : `: the nearest is ${near}`;
  return `"${verb}" is not a verb of sockscope${hint}; sockscope --help shows all`;
}

/** `agent help` asks as well, as that is no word of another meaning. */
function asksFor(syntax: Syntax, words: readonly string[]): boolean {
  return words.includes('--help') || words.includes('-h') || (needsVerb(syntax) && words[0] === 'help');
}

function print(text: string): Exit {
  endQuietly();
  process.stdout.write(text);
  return Exit.ok;
}

async function exitOf(error: unknown): Promise<Exit> {
  return exitOfCommand(error) ?? (await import('./exit-of')).exitOf(error);
}

/** Null: that is not why. */
function folderGone(error: unknown): string | null {
  if ((error as NodeJS.ErrnoException | undefined)?.syscall !== 'uv_cwd') return null;
  return 'The folder that this was started in has been removed: change to another one (cd), then try again';
}

/** At `sockscope list | head`, which is no failure. To open standard output takes some milliseconds, and its errors come later. */
function endQuietly(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit();
    console.error(`sockscope: The output could not be written (${code}), and is not complete`);
    process.exit(Exit.failed);
  });
}

run(process.argv.slice(2)).then(
  (exit) => {
    process.exitCode = exit;
  },
  async (error: unknown) => {
    const message =
      whyIncomplete(error) ?? folderGone(error) ?? (error instanceof Error ? error.message : String(error));
    const { inTerminalWords } = await import('./terminal-words');
    // Parts of it may be an agent's words, or a stranger's.
    console.error(
      `sockscope: ${message
        .split('\n')
        .map((line) => inTerminalWords(visibleText(line)))
        .join('\n')}`,
    );
    process.exitCode = await exitOf(error);
  },
);
