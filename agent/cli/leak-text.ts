/** What leaks, in words. */

import type { LeakQuestion } from '../client/leaks/find-leaks';
import type { PoolLeak } from '../client/leaks/judge';
import { processText } from '../common/process-text';
import { durationText } from '../protocol';

/** One sentence, without a full stop. */
export function leakText(leak: PoolLeak, { silentMs, atMost }: LeakQuestion): string {
  const { kind, owner, where, count, perMinute } = leak;
  const some = `${count} of ${processText(owner)} ${where}`;
  const rate = perMinute === null ? '' : `, ${perMinute > 0 ? '+' : ''}${perMinute} a minute`;
  switch (kind) {
    case 'close-wait':
      return `${some} are in close-wait${rate}: the peer has closed, and the program does not; destroying them cures nothing`;
    case 'growing':
      return `${some}${rate}: they became more again and again, and never fewer`;
    case 'silent':
      return `${some} have received nothing for ${durationText(silentMs)} or longer`;
    case 'beyond':
      return `${some}, where ${atMost} are the most that are expected`;
  }
}
