/** Sentences of a report. Pure. */

import { hiddenProcess, portText, processesText, processText, thePort } from '../../common/process-text';
import { t } from '../../common/translate';
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
  const text = t('{0} is free already, and nothing was done', portText(port));
  return but ? `${text}. ${but.why}` : text;
}

export function nothingDoneText(port: Port): string {
  return t('Nothing was done: {0} is busy as before', thePort(port));
}

export function nothingToDoText(port: Port, { answer, leftAlone }: FreePlan): string {
  const reserved = answer.holders.find(({ kind }) => kind === 'reserved');
  if (reserved) return t('Nothing was done. {0}', reserved.why);
  const why = leftAlone[0] ?? refusalText(answer);
  return t('{0} is still busy, and nothing could be done. {1}', portText(port), why);
}

export function freedText(
  port: Port,
  { needsReuseaddr, steps }: Pick<FreeReport, 'needsReuseaddr' | 'steps'>,
): string {
  if (!needsReuseaddr) return t('{0} is free', portText(port));
  const deaf = steps.some(({ outcome }) => outcome === 'taken-over');
  const why = deaf
    ? t('The deaf process keeps it busy for others until it ends')
    : t('What is left of its connections keeps it busy for others, mostly for a minute');
  return t('{0} is free for servers that set SO_REUSEADDR, as nearly all do. {1}', portText(port), why);
}

/** `seenFree`: a bind had worked before. */
export function againText(port: Port, respawn: Respawn | null, seenFree: boolean): string {
  const [it, why] = [portText(port), successorText(respawn)];
  return seenFree ? t('{0} was free, and is busy again: {1}', it, why) : t('{0} is busy again: {1}', it, why);
}

/** Of a port that is free: `command` ends the program that may start its server again. */
export function parentText(parent: ProcessSummary, command: string): string {
  return t(
    '{0}, which had started its server, lives on and may start it again: {1} ends it',
    processText(parent),
    command,
  );
}

function successorText(respawn: Respawn | null): string {
  if (respawn === null) return t('{0} holds it', hiddenProcess());
  const { kind, name, process } = respawn;
  if (kind === 'process')
    return t('{0} holds it', processesText(process ? [{ pid: process.pid, name }] : []));
  return t('{0} started its holder again: stop that first', supervisorText({ respawn }));
}

/** Names the first failed step, or else the present holder. */
export function stillBusyText(port: Port, done: readonly DoneStep[], { answer }: PortDetail): string {
  const succeeded: readonly string[] = ['exited', 'released', 'stopped', 'taken-over', 'destroyed', 'gone'];
  const failure = done.find(({ outcome }) => !succeeded.includes(outcome));
  const now = answer.holders.find(isInTheWay);
  if (!failure && now?.kind === 'reserved')
    return t('No bind could prove that {0} is free. {1}', thePort(port), now.why);
  const why = failure?.message ?? now?.why ?? t('what holds it cannot be seen');
  return withReuse(t('{0} is still busy. {1}', portText(port), why), answer.binds);
}

function withReuse(text: string, binds: readonly BindTrial[]): string {
  return isFreeForReuse(binds)
    ? t('{0}. Servers that set SO_REUSEADDR, as nearly all do, can bind it all the same', text)
    : text;
}

export function inheritedOnText(
  port: Port,
  { steps, binds }: Pick<FreeReport, 'steps' | 'binds'>,
  inheritors: readonly Owner[],
): string {
  const server = steps.some(({ outcome }) => outcome === 'released')
    ? t('its server has let go of it')
    : t('its server is gone');
  const who = processesText(inheritors);
  const text =
    inheritors.length === 1
      ? t(
          '{0} is still busy: {1}, and {2} still holds the port by inheritance. It is left alone, as nobody has agreed to its end',
          portText(port),
          server,
          who,
        )
      : t(
          '{0} is still busy: {1}, and {2} still hold the port by inheritance. They are left alone, as nobody has agreed to their end',
          portText(port),
          server,
          who,
        );
  return withReuse(text, binds);
}
