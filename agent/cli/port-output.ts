/** Text output of answers, plans and reports about a port. */

import type { DoneStep, Explanation, FreePlan, FreeReport, NextStep } from '../client/ports/free-types';
import { headline, notes } from '../client/ports/headline';
import { ageText, leftOutText, processText, quoted } from '../common/process-text';
import {
  type BindTrial,
  durationText,
  type PortHolder,
  type ProcessDetail,
  type Respawn,
  visibleText,
} from '../protocol';
import { printLine, printTable } from './output';

const indent = ' '.repeat(12);

/** State of the port, its holders, the results of binds, and the commands to run next. */
export function printExplanation(explanation: Explanation): void {
  const { summary, notes, holders, processes, binds, leftOut, next } = explanation;
  for (const sentence of [summary, ...notes]) printLine(`${sentence}.`);
  if (holders.length > 0) printLine('');
  for (const holder of holders) printHolder(holder);
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

function printHolder({ kind, why, remedy, respawn }: PortHolder): void {
  printLine(`${kind.padEnd(indent.length)}${why}`);
  if (remedy === 'none' && !respawn) return;
  printLine(`${indent}remedy: ${remedy}${respawn ? `, ${respawnText(respawn)}` : ''}`);
}

function respawnText({ kind, name, process }: Respawn): string {
  return `${kind} ${quoted(name)}${process ? ` (pid ${process.pid})` : ''}`;
}

/** `node (pid 42): node server.js, in /home/me/app, for 3 h`. */
function processLine({ pid, name, command, workingDirectory, startedAt }: ProcessDetail): string {
  const folder = workingDirectory === null ? '' : `, in ${visibleText(workingDirectory)}`;
  const age = ageText(Date.now() - Date.parse(startedAt));
  return `${processText({ pid, name })}: ${visibleText(command)}${folder}, for ${age}`;
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
export function showPlan({ answer, steps, leftAlone, processes, inheritors }: FreePlan): void {
  for (const sentence of [headline(answer), ...notes(answer)]) console.error(`${sentence}.`);
  for (const [index, { what }] of steps.entries()) console.error(`  ${index + 1}. ${what}.`);
  for (const sentence of leftAlone) console.error(`  Left alone: ${sentence}.`);
  for (const process of processes) console.error(`  ${processLine(process)}.`);
  if (inheritors.length > 0)
    console.error('  --include-inheritors ends what only inherited the socket, too.');
}

export function printReport({ steps, message, provedMs, watchedMs, freed }: FreeReport): void {
  for (const step of steps) printLine(stepText(step));
  printLine(`${message}.`);
  if (!freed || provedMs === null) return;
  const watched = watchedMs === null ? '' : `, and not taken again within ${durationText(watchedMs)}`;
  printLine(`It was proved by a bind after ${durationText(provedMs)}${watched}.`);
}

function stepText({ outcome, act, target, message }: DoneStep): string {
  return `${outcome.padEnd(indent.length - 1)} ${message || `${act} ${target}`}`;
}
