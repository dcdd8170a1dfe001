/** `sockscope list [FILTER...] [--watch] [--json]` */

import { parseFilter } from '../../protocol/filter';
import { readArguments, readFilter } from '../arguments';
import type { Exit } from '../exit';
import { list as syntax } from '../syntax/see';

/** A mistake is named before anything else is loaded. */
export async function list(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const request = { ...readFilter(positionals, parseFilter), json: values.json };
  if (values.watch) return (await import('./watch')).watch(request);
  const connecting = (await import('../connect-to-list')).connectToList();
  // Meanwhile the broker loads its programs.
  const { printList } = await import('../print-list');
  return printList(await connecting, request);
}
