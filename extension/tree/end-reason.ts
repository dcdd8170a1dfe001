/** Why a connection ended, in words. Pure. */

import type { EndReason } from '../../agent/protocol';
import type { Translate } from '../base/text';

export function endReasonText(t: Translate, reason: EndReason | null): string {
  const words: Record<EndReason, () => string> = {
    'destroyed-by-sockscope': () => t('destroyed by Sockscope'),
    'destroyed-by-other': () => t('destroyed by another program'),
    closed: () => t('closed'),
    'closed-by-peer': () => t('closed by peer'),
    'reset-by-peer': () => t('reset by peer'),
    'timed-out': () => t('timed out'),
    'process-exited': () => t('process exited'),
    unknown: () => t('closed, reason not known'),
  };
  return words[reason ?? 'unknown']();
}
