/** `sockscope list [FILTER...] [--watch] [--json]` */

import { parseFilter } from '../../protocol/filter';
import { readArguments, readFilter } from '../arguments';
import type { Exit } from '../exit';

const options = {
  json: { type: 'boolean', default: false },
  watch: { type: 'boolean', default: false },
} as const;

/** A mistake is named before anything else is loaded. */
export async function list(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, options);
  const request = { ...readFilter(positionals, parseFilter), json: values.json };
  if (values.watch) return (await import('./watch')).watch(request);
  const connecting = (await import('../connect-to-list')).connectToList();
  // Meanwhile the broker loads its programs.
  const { printList } = await import('../print-list');
  return printList(await connecting, request);
}
