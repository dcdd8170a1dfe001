/** Results of a destroy: a line for each socket, and the exit code. */

import { fewDenied, moreDeniedText } from '../common/denied';
import type { DestroyedSocket, State } from '../protocol';
import { Exit } from './exit';
import { printLine } from './output';

export function printResults(results: readonly DestroyedSocket[]): void {
  const { shown, more } = fewDenied(results, ({ outcome }) => outcome === 'denied');
  for (const { outcome, engine, message } of shown) {
    const text = message.replace(/^Destroyed /, ''); // it is the outcome
    printLine(`${outcome.padEnd(11)} ${text}${engine ? ` (${engine})` : ''}`);
  }
  printMoreDenied(more);
}

export function printMoreDenied(more: number): void {
  if (more > 0) printLine(`${'denied'.padEnd(11)} ${moreDeniedText(more)}: --json has each`);
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
