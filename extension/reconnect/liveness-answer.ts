/** What a connection would notice, as a dialog says it. Pure. */

import { adviceFor } from '../../agent/client/liveness/advice';
import { livenessText, waitingText } from '../../agent/client/liveness/liveness-text';
import type { LiveConnection } from '../../agent/client/liveness/read-liveness';
import { formatTuple } from '../../agent/protocol';
import { type Translate, withArrow } from '../base/text';
import { ownersText } from '../tree/socket-text';

export function livenessAnswer(t: Translate, connection: LiveConnection) {
  const { socket, idleMs } = connection;
  const waiting = waitingText(connection);
  return {
    message: t(
      '{0}: would {1} notice that its peer has died without a word?',
      withArrow(formatTuple(socket)),
      ownersText(t, socket),
    ),
    detail: [
      livenessText(connection),
      ...(waiting === '' ? [] : [t('Now: {0}', waiting)]),
      ...(idleMs === null
        ? [
            t('Without keepalive, nothing asks an idle peer whether it is there. To set it:'),
            adviceFor(socket),
          ]
        : []),
    ].join('\n\n'),
  };
}
