/** Results of acts, a line each, for whoever reads the terminal that the agent was started in. The audit log is the broker's. */

import type { Caller } from '../broker-link/claim-records';
import { fewDenied, moreDeniedText } from '../common/denied';
import { type DestroyedSocket, type SignalResult, type TunedSocket, visibleText } from '../protocol';

type Result = Pick<DestroyedSocket | SignalResult | TunedSocket, 'outcome'>;

/** Lines of one request. */
const maxLines = 20;

/** The results of one request, and the sentence on each. */
export type Report = (caller: Caller, results: readonly Result[], textOf: (index: number) => string) => void;

/** For an observer and a single command, whose user sees the result anyway. */
export const noReport: Report = () => {};

export function reportTo(print: (line: string) => void, now = () => new Date()): Report {
  return (caller, results, textOf) => {
    const all = results.map(({ outcome }, index) => ({ outcome, index }));
    const { shown, more } = fewDenied(all, ({ outcome }) => outcome === 'denied');
    const others = shown.splice(maxLines);
    const texts = shown.map(({ index }) => textOf(index));
    if (others.length > 0) texts.push(othersText(others));
    if (more > 0) texts.push(moreDeniedText(more));
    for (const text of texts) print(`${reportLine(caller, text, now())}\n`);
  };
}

/** `1980 more: 1975 destroyed, 5 gone` */
function othersText(others: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of others) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  return `${others.length} more: ${parts.join(', ')}`;
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
