/** What a person has to know of the processes that hold a port. Pure. */

import { processesText, processText } from '../../common/process-text';
import type { HolderDetail, PortDetail } from './explain-port';

/** Sentences, each without a full stop. */
export function processNotes({ held, holders }: PortDetail): string[] {
  return [
    ...held.map(({ process, heldUp }) => `${processText(process)} ${heldUp.why}`),
    ...holders.flatMap((detail) => idleText(detail) ?? []),
  ];
}

/** Of helpers that a server has started, mostly without meaning to hand its socket on. */
function idleText({ idle, endings }: HolderDetail): string | null {
  if (idle.length === 0 || endings.length === 0) return null;
  const one = idle.length === 1;
  const servers = processesText(endings.map(({ owner }) => owner));
  const ends = endings.length === 1 ? 'ends' : 'end';
  return `${processesText(idle)} ${one ? 'accepts' : 'accept'} no connection, and only inherited the socket: ${one ? 'it keeps' : 'they keep'} the port busy when ${servers} ${ends}`;
}
