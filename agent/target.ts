/** The identity of a socket, as acts carry it. */

import type { Target } from './protocol';

/** Only the identity of what may be a whole socket. */
export function targetOf({ netns, cookie, protocol, local, remote }: Target): Target {
  return { netns, cookie, protocol, local, remote };
}
