/** What happened in a round of a drill, in one sentence. Pure. */

import { attemptCountText, formatEndpoint, type ProcessEnd, type Round } from '../protocol';
import { stormAttempts } from './storm-meter';

/** `isCertain`: no event was lost that could be an end, or the making or the loss of a connection. */
export function roundText(round: Round, isCertain: boolean): string {
  return `${whatHappened(round, isCertain)}${lossText(round)}`;
}

function whatHappened(round: Round, isCertain: boolean): string {
  const { verdict, recoveredAt, attemptCount, exit } = round;
  const count = `${attemptCountText(round)} ${attemptCount === 1 ? 'attempt' : 'attempts'}`;
  const where = recoveredAt ? `, to ${formatEndpoint(recoveredAt)}` : '';
  const back = `${isCertain ? 'it' : 'as far as was seen, it'} ${backText(round)}${where}`;
  switch (verdict) {
    case 'crashed':
      return `${exit ? endText(exit) : ''}; ${back}`;
    case 'storm':
      return `More than ${stormAttempts} attempts in a second, ${attemptCountText(round)} in all; ${back}`;
    case 'spinning':
      return `It used more than 80 % of a CPU for 3 s; ${back}`;
    case 'unaffected':
      return 'It made no attempt, and a connection of it to that remote lives';
    case 'unknown':
      return `What became of it is not known; ${back}, with ${count}`;
    default:
      return verdict === 'gave-up' && attemptCount === 0
        ? 'It made no attempt: it may connect only when it has something to send'
        : `It ${backText(round)}${where}, with ${count}`;
  }
}

function backText({ recovered, cut, recoveredMs, allRecoveredMs }: Round): string {
  if (recoveredMs === null) return 'did not connect again';
  if (cut <= 1 && recovered === cut) return `connected again after ${recoveredMs} ms`;
  const when =
    allRecoveredMs === null ? `the first after ${recoveredMs} ms` : `the last after ${allRecoveredMs} ms`;
  return `recovered ${recovered} of ${cut} connections, ${when}`;
}

function endText({ name, pid, code, signal, atMs, restartedAs }: ProcessEnd): string {
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const again = restartedAs ? ` and was started again as pid ${restartedAs.pid}` : '';
  return `${name} (pid ${pid}) ended ${how} after ${atMs} ms${again}`;
}

function lossText({ dropped }: Round): string {
  if (dropped === 0) return '';
  return `; ${dropped} ${dropped === 1 ? 'event was' : 'events were'} lost, because more came than could be recorded`;
}
