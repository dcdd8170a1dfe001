/** `sockscope man` */

import { readArguments } from '../arguments';
import { Exit } from '../exit';
import { manPage } from '../help/man-page';
import { man as syntax } from '../syntax/completion';

export async function man(words: string[]): Promise<Exit> {
  readArguments(words, syntax);
  process.stdout.write(manPage());
  return Exit.ok;
}
