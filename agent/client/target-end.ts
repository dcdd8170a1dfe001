/** The end of each connection that is destroyed: the socket that matches, or its peer on this machine. */

import type { End, Owner, Socket, State, Target } from '../protocol';

type EndSocket = Target & { readonly owners: readonly Owner[]; readonly state?: State };

/** Each once; without those that have no peer here. */
export function targetsAt(sockets: readonly Socket[], end: End): readonly EndSocket[] {
  if (end === 'local') return sockets;
  const peers = sockets.flatMap(({ peer }) => peer ?? []);
  return [...new Map(peers.map((peer) => [`${peer.netns}/${peer.cookie}`, peer])).values()];
}
