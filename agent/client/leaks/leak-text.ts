/** What leaks, in words. */

import { processText } from '../../common/process-text';
import { t } from '../../common/translate';
import { durationText } from '../../protocol';
import type { LeakQuestion } from './find-leaks';
import type { PoolLeak } from './judge';

/** One sentence, without a full stop. */
export function poolLeakText(leak: PoolLeak, { silentMs, atMost }: LeakQuestion): string {
  const { kind, owner, where, count, perMinute } = leak;
  const some = t('{0} of {1} {2}', String(count), processText(owner), where);
  const rate = perMinute === null ? '' : t(', {0} a minute', signed(perMinute));
  switch (kind) {
    case 'close-wait':
      return t(
        '{0} are in close-wait{1}: the peer has closed, and the program does not; destroying them cures nothing',
        some,
        rate,
      );
    case 'growing':
      return t('{0}{1}: they became more again and again, and never fewer', some, rate);
    case 'silent':
      return t('{0} have received nothing for {1} or longer', some, durationText(silentMs));
    case 'beyond':
      return t('{0}, where {1} are the most that are expected', some, String(atMost));
  }
}

function signed(perMinute: number): string {
  return perMinute > 0 ? `+${perMinute}` : String(perMinute);
}
