/** What happened in a round of a drill, in one sentence. Pure. */

import {
  attemptCountText,
  durationText,
  type Endpoint,
  formatEndpoint,
  type ProcessEnd,
  type Round,
} from '../protocol';
import { type Storm, stormAttempts } from './storm-meter';

/** What the sentence needs besides the round. */
interface Facts {
  /** No event was lost that could be an end, or the making or the loss of a connection. */
  readonly isCertain: boolean;
  readonly storm: Storm | null;
  /** The latest end of the round. */
  readonly lengthMs: number;
  /** Where it has connected instead, with another port; null: nowhere, or it is back. */
  readonly elsewhere: Endpoint | null;
}

export function roundText(round: Round, facts: Facts): string {
  return `${whatHappened(round, facts)}${lossText(round)}`;
}

function whatHappened(round: Round, { isCertain, storm, lengthMs, elsewhere }: Facts): string {
  const { verdict, recoveredAt, attemptCount, exit } = round;
  const count = `${attemptCountText(round)} ${attemptCount === 1 ? 'attempt' : 'attempts'}`;
  const where = recoveredAt ? `, to ${formatEndpoint(recoveredAt)}` : '';
  const back = `${isCertain ? 'it' : 'as far as was seen, it'} ${backText(round)}${where}`;
  switch (verdict) {
    case 'crashed':
      return `${exit ? endText(exit) : ''}; ${back}`;
    case 'storm':
      return `More than ${stormAttempts} attempts in a second${storm ? stormText(storm) : ''}, ${attemptCountText(round)} in all; ${back}`;
    case 'spinning':
      return `It used more than 80 % of a CPU for 3 s; ${back}`;
    case 'unaffected':
      return `It made no attempt${attemptCount > 0 ? ' there' : ''}, and a connection of it to that remote lives`;
    case 'unknown':
      if (elsewhere && isCertain)
        return `It ${backText(round)}, but connected to ${formatEndpoint(elsewhere)}: whether that replaces what it lost is not known; ${count} in all`;
      return `What became of it is not known; ${back}, with ${count}`;
    case 'lazy':
      return `It made no attempt${attemptCount > 0 ? ' to connect to what it lost' : ''} in ${durationText(lengthMs)}: it connects only when it has something to send, or never again`;
    default:
      return `It ${backText(round)}${where}, with ${count}`;
  }
}

function backText({ recovered, cut, recoveredMs, allRecoveredMs }: Round): string {
  if (recoveredMs === null) return 'did not connect again';
  if (cut <= 1 && recovered === cut) return `connected again after ${durationText(recoveredMs)}`;
  const when =
    allRecoveredMs === null
      ? `the first after ${durationText(recoveredMs)}`
      : `the last after ${durationText(allRecoveredMs)}`;
  return `recovered ${recovered} of ${cut} connections, ${when}`;
}

function stormText({ remote, servers, lost }: Storm): string {
  if (servers === 1)
    return ` to ${formatEndpoint(remote)}${lost === 1 ? '' : `, for each of ${lost} lost connections`}`;
  const each = lost > servers ? `${lost} lost connections` : 'them';
  return ` to ${servers} servers on port ${remote.port}, for each of ${each}`;
}

function endText({ name, pid, code, signal, atMs, restartedAs }: ProcessEnd): string {
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const again = restartedAs ? ` and was started again as pid ${restartedAs.pid}` : '';
  return `${name} (pid ${pid}) ended ${how} after ${durationText(atMs)}${again}`;
}

function lossText({ dropped }: Round): string {
  if (dropped === 0) return '';
  return `; ${dropped} ${dropped === 1 ? 'event was' : 'events were'} lost, because more came than could be recorded`;
}
