/** `sockscope list [FILTER...] [--watch] [--json]` */

import { parseFilter } from '../../protocol/filter';
import { readArguments, readFilter } from '../arguments';
import { connectToList } from '../connect-to-list';
import type { Exit } from '../exit';
import { printList } from '../print-list';
import { list as syntax } from '../syntax/see';

/** A mistake is named before any program is started. */
export async function list(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const request = { ...readFilter(positionals, parseFilter), json: values.json };
  if (values.watch) return (await import('./index')).watchList(request);
  return printList(await connectToList(request.filter.length === 0), request);
}
