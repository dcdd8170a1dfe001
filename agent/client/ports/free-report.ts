/** Sentences of a report. Pure. */

import { hiddenProcess, portText, processesText, processText, thePort } from '../../common/process-text';
import {
  type BindTrial,
  isFreeForReuse,
  type Owner,
  type PortParams,
  type ProcessSummary,
  type Respawn,
} from '../../protocol';
import { isInTheWay, type PortDetail } from './explain-port';
import { supervisorText } from './free-text';
import type { DoneStep, FreePlan, FreeReport } from './free-types';
import { refusalText } from './refusal';

type Port = Pick<PortParams, 'port' | 'protocol' | 'addresses'>;

export function alreadyText(port: Port, { holders }: FreePlan['answer']): string {
  const but = holders.find(({ kind }) => kind === 'published' || kind === 'reserved');
  return `${portText(port)} is free already, and nothing was done${but ? `. ${but.why}` : ''}`;
}

export function nothingDoneText(port: Port): string {
  return `Nothing was done: ${thePort(port)} is busy as before`;
}

export function nothingToDoText(port: Port, { answer, leftAlone }: FreePlan): string {
  const reserved = answer.holders.find(({ kind }) => kind === 'reserved');
  if (reserved) return `Nothing was done. ${reserved.why}`;
  const why = leftAlone[0] ?? refusalText(answer);
  return `${portText(port)} is still busy, and nothing could be done. ${why}`;
}

export function freedText(
  port: Port,
  { needsReuseaddr, steps }: Pick<FreeReport, 'needsReuseaddr' | 'steps'>,
): string {
  if (!needsReuseaddr) return `${portText(port)} is free`;
  const deaf = steps.some(({ outcome }) => outcome === 'taken-over');
  const why = deaf
    ? 'The deaf process keeps it busy for others until it ends'
    : 'What is left of its connections keeps it busy for others, mostly for a minute';
  return `${portText(port)} is free for servers that set SO_REUSEADDR, as nearly all do. ${why}`;
}

/** `seenFree`: a bind had worked before. */
export function againText(port: Port, respawn: Respawn | null, seenFree: boolean): string {
  const busy = seenFree ? 'was free, and is busy again' : 'is busy again';
  return `${portText(port)} ${busy}: ${successorText(respawn)}`;
}

/** Of a port that is free: `command` ends the program that may start its server again. */
export function parentText(parent: ProcessSummary, command: string): string {
  return `${processText(parent)}, which had started its server, lives on and may start it again: ${command} ends it`;
}

function successorText(respawn: Respawn | null): string {
  if (respawn === null) return `${hiddenProcess} holds it`;
  const { kind, name, process } = respawn;
  if (kind === 'process') return `${processesText(process ? [{ pid: process.pid, name }] : [])} holds it`;
  return `${supervisorText({ respawn })} started its holder again: stop that first`;
}

/** Names the first failed step, or else the present holder. */
export function stillBusyText(port: Port, done: readonly DoneStep[], { answer }: PortDetail): string {
  const succeeded: readonly string[] = ['exited', 'released', 'stopped', 'taken-over', 'destroyed', 'gone'];
  const failure = done.find(({ outcome }) => !succeeded.includes(outcome));
  const now = answer.holders.find(isInTheWay);
  if (!failure && now?.kind === 'reserved')
    return `No bind could prove that ${thePort(port)} is free. ${now.why}`;
  const why = failure?.message ?? now?.why ?? 'what holds it cannot be seen';
  return `${portText(port)} is still busy. ${why}${reuseText(answer.binds)}`;
}

function reuseText(binds: readonly BindTrial[]): string {
  return isFreeForReuse(binds)
    ? '. Servers that set SO_REUSEADDR, as nearly all do, can bind it all the same'
    : '';
}

export function inheritedOnText(
  port: Port,
  { steps, binds }: Pick<FreeReport, 'steps' | 'binds'>,
  inheritors: readonly Owner[],
): string {
  const server = steps.some(({ outcome }) => outcome === 'released') ? 'has let go of it' : 'is gone';
  const who = processesText(inheritors);
  const [holds, areLeft, their] =
    inheritors.length === 1 ? ['holds', 'It is', 'its'] : ['hold', 'They are', 'their'];
  return `${portText(port)} is still busy: its server ${server}, and ${who} still ${holds} the port by inheritance. ${areLeft} left alone, as nobody has agreed to ${their} end${reuseText(binds)}`;
}
