/** Results of a destroy as they cross the wire: what many targets have in common, once. */

import { formatTuple } from './address';
import type { DestroyedSocket, Ending, PackedResults } from './destroy';
import type { Target } from './sockets';

/** Of each target, in order; equal ones that are the same object are written once. */
export function packResults(endings: readonly Ending[]): PackedResults {
  const numbers = new Map<Ending, number>();
  const of = endings.map((ending) => {
    const number = numbers.get(ending) ?? numbers.size;
    numbers.set(ending, number);
    return number;
  });
  return { endings: [...numbers.keys()], of };
}

/** `targets`: those of the request. */
export function unpackResults(targets: readonly Target[], { endings, of }: PackedResults): DestroyedSocket[] {
  return targets.map((target, index) => resultOf(target, endings[of[index] ?? -1] as Ending));
}

/** Field by field: a spread takes several times as long, and there may be thousands. */
export function resultOf(
  { netns, cookie, protocol, local, remote }: Target,
  { outcome, engine, errno, message }: Ending,
): DestroyedSocket {
  return {
    netns,
    cookie,
    protocol,
    local,
    remote,
    outcome,
    engine,
    errno,
    message: typeof message === 'string' ? message : message.join(formatTuple({ local, remote })),
  };
}
