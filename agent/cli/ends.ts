/** Chooses the end of each connection for `--end`: the socket that matches, or its peer. */

import { targetsAt } from '../client/target-end';
import { type End, formatTuple, type Socket, type State, type Target, targetOf } from '../protocol';
import { printLine } from './output';

export const atPeerText = 'Abort at the peer: this program sees ECONNRESET, as in a real outage';

export interface Chosen {
  readonly end: End;
  /** Each socket once. */
  readonly targets: readonly (Target & { readonly state?: State })[];
  /** Matches that have no peer on this machine. */
  readonly withoutPeer: readonly Target[];
}

export function atEnd(sockets: readonly Socket[], end: End): Chosen {
  const withoutPeer = end === 'peer' ? sockets.filter(({ peer }) => !peer).map(targetOf) : [];
  return { end, targets: targetsAt(sockets, end), withoutPeer };
}

/** Only with `--end peer`. */
export function toJson({ end, withoutPeer }: Chosen): object {
  return end === 'peer' ? { end, withoutPeer } : {};
}

export function printWithoutPeer({ withoutPeer }: Chosen): void {
  for (const target of withoutPeer)
    printLine(`${'no peer'.padEnd(11)} ${formatTuple(target)} has no peer on this machine`);
}
