/** Whether a server accepts its connections. Pure. */

import { t } from '../../common/translate';
import type { SocketDetail } from '../../protocol';

/** `3 of 511 waiting`, of a listening socket. The kernel takes one more than the maximum. */
export function acceptQueueText({
  receiveQueue,
  sendQueue,
}: Pick<SocketDetail, 'receiveQueue' | 'sendQueue'>): string {
  const waiting = t('{0} of {1} waiting', String(receiveQueue), String(sendQueue));
  return receiveQueue > sendQueue
    ? t('{0}: the server does not accept, and who connects now waits until it does, or times out', waiting)
    : waiting;
}
