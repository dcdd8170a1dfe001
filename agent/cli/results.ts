/** Results of a destroy: a line for each socket, and the exit code. */

import type { DestroyedSocket, State } from '../protocol';
import { Exit } from './exit';
import { printLine } from './output';

export function printResults(results: readonly DestroyedSocket[]): void {
  for (const { outcome, engine, message } of results)
    printLine(`${outcome.padEnd(11)} ${message}${engine ? ` (${engine})` : ''}`);
}

/** Protected listeners count only where nothing else matched. */
export function exitOf(
  results: readonly DestroyedSocket[],
  targets: readonly { readonly state?: State }[],
): Exit {
  const counted = results.filter(
    ({ outcome }, index) => !(outcome === 'protected' && targets[index]?.state === 'listen'),
  );
  if (counted.length === 0) return Exit.failed;
  if (counted.every(({ outcome }) => outcome === 'denied')) return Exit.denied;
  const done = counted.every(
    ({ outcome }) => outcome === 'destroyed' || outcome === 'reset' || outcome === 'gone',
  );
  return done ? Exit.ok : Exit.failed;
}
