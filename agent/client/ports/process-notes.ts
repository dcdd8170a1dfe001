/** What a person has to know of the processes that hold a port. Pure. */

import { processesText, processText } from '../../common/process-text';
import { t } from '../../common/translate';
import type { HolderDetail, PortDetail } from './explain-port';

/** Sentences, each without a full stop. */
export function processNotes({ held, holders }: PortDetail): string[] {
  return [
    ...held.map(({ process, heldUp }) => t('{0} {1}', processText(process), heldUp.why)),
    ...holders.flatMap((detail) => idleText(detail) ?? []),
  ];
}

/** Of helpers that a server has started, mostly without meaning to hand its socket on. */
function idleText({ idle, endings }: HolderDetail): string | null {
  if (idle.length === 0 || endings.length === 0) return null;
  const who = processesText(idle);
  const servers = processesText(endings.map(({ owner }) => owner));
  const end = endings.length === 1 ? t('when {0} ends', servers) : t('when {0} end', servers);
  return idle.length === 1
    ? t('{0} accepts no connection, and only inherited the socket: it keeps the port busy {1}', who, end)
    : t('{0} accept no connection, and only inherited the socket: they keep the port busy {1}', who, end);
}
