/** Text output of answers, plans and reports about a port. */

import type { DoneStep, Explanation, FreePlan, FreeReport, NextStep } from '../client/ports/free-types';
import { headline, notes } from '../client/ports/headline';
import { leftOutText, quoted } from '../common/process-text';
import type { BindTrial, PortHolder, Respawn } from '../protocol';
import { printLine, printTable } from './output';

const indent = ' '.repeat(12);

/** State of the port, its holders, the results of binds, and the commands to run next. */
export function printExplanation({ summary, notes, holders, binds, leftOut, next }: Explanation): void {
  for (const sentence of [summary, ...notes]) printLine(`${sentence}.`);
  if (holders.length > 0) printLine('');
  for (const holder of holders) printHolder(holder);
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

function printHolder({ kind, why, remedy, respawn }: PortHolder): void {
  printLine(`${kind.padEnd(indent.length)}${why}`);
  if (remedy === 'none' && !respawn) return;
  printLine(`${indent}remedy: ${remedy}${respawn ? `, ${respawnText(respawn)}` : ''}`);
}

function respawnText({ kind, name, process }: Respawn): string {
  return `${kind} ${quoted(name)}${process ? ` (pid ${process.pid})` : ''}`;
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
export function showPlan({ answer, steps, leftAlone, inheritors }: FreePlan): void {
  for (const sentence of [headline(answer), ...notes(answer)]) console.error(`${sentence}.`);
  for (const [index, { what }] of steps.entries()) console.error(`  ${index + 1}. ${what}.`);
  for (const sentence of leftAlone) console.error(`  Left alone: ${sentence}.`);
  if (inheritors.length > 0)
    console.error('  --include-inheritors ends what only inherited the socket, too.');
}

export function printReport({ steps, message, provedMs, freed }: FreeReport): void {
  for (const step of steps) printLine(stepText(step));
  const proof =
    freed && provedMs !== null ? ` (proved by a bind after ${(provedMs / 1000).toFixed(2)} s)` : '';
  printLine(`${message}${proof}.`);
}

function stepText({ outcome, act, target, message }: DoneStep): string {
  return `${outcome.padEnd(indent.length - 1)} ${message || `${act} ${target}`}`;
}
