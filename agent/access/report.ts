/** Results of acts, a line each, for whoever reads the terminal that the agent was started in. The audit log is the broker's. */

import type { Caller } from '../broker-link/claim-records';
import { fewDenied, moreDeniedText } from '../common/denied';
import { type DestroyedSocket, type SignalResult, visibleText } from '../protocol';

type Result = Pick<DestroyedSocket | SignalResult, 'outcome' | 'message'>;

/** The results of one request. */
export type Report = (caller: Caller, results: readonly Result[]) => void;

/** For an observer and a single command, whose user sees the result anyway. */
export const noReport: Report = () => {};

export function reportTo(print: (line: string) => void, now = () => new Date()): Report {
  return (caller, results) => {
    const { shown, more } = fewDenied(results, ({ outcome }) => outcome === 'denied');
    const texts = [...shown.map(({ message }) => message), ...(more > 0 ? [moreDeniedText(more)] : [])];
    for (const text of texts) print(`${reportLine(caller, text, now())}\n`);
  };
}

/** `14:03:22 Destroyed 10.0.0.5:40000 -> 10.0.0.6:5432. node (pid 42) is still running (asked by pid 99)`, in local time. */
function reportLine({ client }: Caller, text: string, at: Date): string {
  return `${timeText(at)} ${visibleText(text)} (asked by pid ${client.pid})`;
}

function timeText(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((value) => String(value).padStart(2, '0'))
    .join(':');
}
