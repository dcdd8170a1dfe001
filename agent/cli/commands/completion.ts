/** `sockscope completion bash|zsh|fish` */

import { nearestText } from '../../protocol/nearest';
import { readArguments } from '../arguments';
import { CommandError, Exit } from '../exit';
import { bashCompletion } from '../help/bash';
import { fishCompletion } from '../help/fish';
import { zshCompletion } from '../help/zsh';
import { shells, completion as syntax } from '../syntax/completion';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export async function completion(words: string[]): Promise<Exit> {
  const { positionals } = readArguments(words, syntax);
  const [word, another] = positionals;
  if (word === undefined || another !== undefined)
    throw new CommandError(Exit.usage, `For which shell? One of ${shells.join(', ')}`);
  const shell = shells.find((known) => known === word);
  if (!shell)
    throw new CommandError(Exit.usage, `There is no completion for "${word}"${nearestText(word, shells)}`);
  process.stdout.write(scripts[shell]());
  return Exit.ok;
}
