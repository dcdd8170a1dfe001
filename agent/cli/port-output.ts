/** Text output of answers, plans and reports about a port. */

import type { DoneStep, Explanation, FreePlan, FreeReport, NextStep } from '../client/ports/free-types';
import { planLines, processLine } from '../client/ports/plan-lines';
import { inSentence, leftOutText, list, quoted } from '../common/process-text';
import { type BindTrial, durationText, formatEndpoint, type PortHolder, type Respawn } from '../protocol';
import { printLine, printNotice, printTable } from './output';

const indent = ' '.repeat(12);

/** State of the port, its holders, the results of binds, and the commands to run next. */
export function printExplanation(explanation: Explanation): void {
  const { summary, notes, holders, processes, binds, leftOut, next } = explanation;
  for (const sentence of [summary, ...notes]) printLine(`${sentence}.`);
  if (holders.length > 0) printLine('');
  for (const holder of holders) printHolder(holder, summary);
  for (const process of processes) printLine(`${'process'.padEnd(indent.length)}${processLine(process)}`);
  printLine('');
  printBinds(binds);
  const missing = leftOutText(leftOut);
  if (missing !== null) printLine(`${missing}.`);
  if (next.length === 0) return;
  printLine('');
  for (const step of next) printLine(nextText(step));
}

/** The command on a line of its own, to be copied. */
export function nextText({ command, why }: NextStep): string {
  return `${why}:\n  ${command}`;
}

/** Why it holds the port, unless the summary has said that, and how it ends. */
function printHolder(holder: PortHolder, summary: string): void {
  const { kind, sockets, why } = holder;
  const ends = [...new Set(sockets.map(({ local }) => formatEndpoint(local)))];
  const said = summary.includes(inSentence(why));
  printLine(`${kind.padEnd(indent.length)}${said && ends.length > 0 ? shortened(ends) : why}`);
  const remedy = remedyText(holder);
  if (remedy !== null) printLine(`${indent}${remedy}`);
}

/** What `free` would do, where it may; null: nothing would help. */
export function remedyText({
  remedy,
  respawn,
  owners,
  sockets,
}: Pick<PortHolder, 'remedy' | 'respawn' | 'owners' | 'sockets'>): string | null {
  const starter = respawn ? respawnText(respawn) : 'its supervisor';
  switch (remedy) {
    case 'destroy':
      return `free would destroy ${sockets.length > 1 ? 'them' : 'it'}`;
    case 'signal':
      return `free would send SIGTERM to ${owners.length > 1 ? 'its processes' : 'its process'}`;
    case 'release':
      return 'free would have its process close this port alone';
    case 'stop-container':
      return `free would stop ${respawn ? starter : 'its container'}`;
    case 'stop-supervisor':
      return `free would stop ${starter}, which would start it again`;
    default:
      return respawn ? `free would leave it alone: ${starter} would start it again` : null;
  }
}

/** Endpoints that are named. */
const maxEnds = 3;

function shortened(ends: readonly string[]): string {
  return ends.length > maxEnds ? `${ends.length} addresses` : list(ends);
}

function respawnText({ kind, name, runtime, process }: Respawn): string {
  return `${kind} ${quoted(name)}${runtime === undefined ? '' : ` of ${runtime}`}${process ? ` (pid ${process.pid})` : ''}`;
}

function printBinds(binds: readonly BindTrial[]): void {
  const addresses = [...new Set(binds.map(({ address }) => address))];
  const result = (address: string, reuseaddr: boolean) => {
    const trial = binds.find((one) => one.address === address && one.reuseaddr === reuseaddr);
    return trial ? (trial.error ?? 'works') : '-';
  };
  printTable(
    ['BIND', 'PLAIN', 'WITH SO_REUSEADDR'],
    addresses.map((address) => [address, result(address, false), result(address, true)]),
  );
}

/** On standard error, as the question that follows. */
export function showPlan(plan: FreePlan): void {
  for (const line of planLines(plan)) printNotice(line);
  if (plan.inheritors.length > 0)
    printNotice('  --include-inheritors ends what only inherited the socket, too.');
}

export function printReport({ steps, message, provedMs, watchedMs, freed }: FreeReport): void {
  for (const step of steps) printLine(stepText(step, message));
  printLine(`${message}.`);
  if (!freed || provedMs === null) return;
  const watched = watchedMs === null ? '' : `, and not taken again within ${durationText(watchedMs)}`;
  printLine(`It was proved by a bind after ${durationText(provedMs)}${watched}.`);
}

/** Its message, unless the report's repeats that. */
function stepText({ outcome, act, target, message }: DoneStep, report: string): string {
  const what = message === '' || report.includes(message) ? `${act} ${target}` : message;
  return `${outcome.padEnd(indent.length - 1)} ${what}`;
}
