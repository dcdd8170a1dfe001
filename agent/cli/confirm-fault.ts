/** The question before a drill or an outage, with what matches now. */

import { matchingText } from '../client/fault-questions';
import type { Socket } from '../protocol';
import { confirm } from './confirm';

export function confirmFault(question: string) {
  return (matching: readonly Socket[], again: boolean): Promise<boolean> =>
    confirm(
      [
        ...(again ? ['Nothing was done, as what matches has changed.'] : []),
        matchingText(matching),
        question,
      ].join('\n'),
    );
}
