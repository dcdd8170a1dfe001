/** `sockscope list [FILTER...] [--watch] [--json]` */

import { parseFilter } from '../../protocol/filter';
import { readArguments, readFilter } from '../arguments';
import type { Exit } from '../exit';
import { startedAhead } from '../own-agent';

const options = {
  json: { type: 'boolean', default: false },
  watch: { type: 'boolean', default: false },
} as const;

/** What it imports is little: while the rest is loaded, the agent program starts. */
export async function list(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, options);
  const { text, filter } = readFilter(positionals, parseFilter);
  const use = values.watch ? 'watching' : 'once';
  return startedAhead(use, async () =>
    (await import('../print-list')).printList({ text, filter, json: values.json, use }),
  );
}
