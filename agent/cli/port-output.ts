/** Text output of answers, plans and reports about a port. */

import { isHere } from '../client/ports/explain-port';
import type { DoneStep, FreePlan, FreeReport, PortAnswer } from '../client/ports/free-types';
import { leftOutText, portText, quoted } from '../common/process-text';
import { type BindTrial, isFreeForReuse, type PortHolder, type Respawn } from '../protocol';
import { printLine, printTable } from './output';

const indent = ' '.repeat(12);

/** State of the port, its holders, the results of binds, and the command that frees it. */
export function printAnswer(answer: PortAnswer, { udp, net }: { udp: boolean; net: string }): void {
  printLine(`${stateText(answer)}.`);
  if (answer.holders.length > 0) printLine('');
  for (const holder of answer.holders) printHolder(holder);
  printLine('');
  printBinds(answer.binds);
  const missing = leftOutText(answer.leftOut);
  if (missing !== null) printLine(`${missing}.`);
  if (answer.free || answer.holders.every(({ remedy }) => remedy === 'none')) return;
  const options = `${udp ? ' --udp' : ''}${net === '' ? '' : ` --net ${net}`}`;
  printLine('');
  printLine(`To free it: sockscope free ${answer.port}${options}`);
}

function stateText(answer: PortAnswer): string {
  const first = answer.holders.find((holder) => isHere(holder, answer.netns));
  const port = portText(answer);
  if (answer.free) return `${port} is free: every bind works`;
  if (first?.kind === 'reserved') return `${port} cannot be bound: ${first.why}`;
  const busy = isFreeForReuse(answer.binds) ? 'is busy for programs without SO_REUSEADDR' : 'is busy';
  return `${port} ${busy}: ${first ? first.why : 'what holds it cannot be seen'}`;
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
export function showPlan({ answer, steps, leftAlone }: FreePlan): void {
  console.error(`${stateText(answer)}.`);
  for (const [index, { what }] of steps.entries()) console.error(`  ${index + 1}. ${what}.`);
  for (const sentence of leftAlone) console.error(`  Left alone: ${sentence}.`);
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
