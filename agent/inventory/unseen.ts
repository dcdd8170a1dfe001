/** What is not in a scan is closed only where the scan would have it. */

import { unseenReason } from '../common/namespace-text';
import type { SocketId } from '../protocol';
import type { Inventory } from './inventory';

/** Where sockets are looked up. */
export type Seen = Pick<Inventory, 'get' | 'leftOut' | 'errnos'>;

/** Null: a socket that is not there is closed. Else what is said of it. */
export function unseenText({ netns }: Pick<SocketId, 'netns'>, { leftOut, errnos }: Seen): string | null {
  if (leftOut.sockets > 0)
    return `is closed, or one of ${leftOut.sockets} sockets that are not listed, as their users have too many with these ports`;
  const errno = errnos.get(netns);
  if (errno === undefined) return unfoundText;
  return errno === null ? null : unreadText(errno);
}

function unreadText(errno: string): string {
  return `is closed, or was not seen, as ${unseenReason(errno)}`;
}

/**
 * Of one to whose namespace nothing leads. Whether that has ended is not known: connections that no process holds any more keep one
 * alive, and so does a descriptor of it.
 */
export const unfoundText = unreadText('ENOENT');
