/** What freeing a port is going to do and what it did, in words. Pure. */

import type { DoneStep, FreePlan, FreeReport, PlannedStep } from '../agent/client/free-types';
import type { Owner } from '../agent/protocol';
import { portText } from './port-text';
import { processText } from './socket-text';
import { plain, type Translate } from './text';

/** What a person agrees to. */
export type Consent = 'all' | 'without-agent';

export interface FreeQuestion {
  readonly message: string;
  readonly detail: string;
  /** The first is the way that frees the port. */
  readonly buttons: readonly { readonly title: string; readonly consent: Consent }[];
}

/** `agentText`: what its start means for the person; null: it runs already. */
export function freeQuestion(t: Translate, plan: FreePlan, agentText: string | null): FreeQuestion {
  const { steps, leftAlone, answer } = plan;
  const needsStart = agentText !== null && steps.some(({ needsAgent }) => needsAgent);
  const parts = [
    ...steps.map(
      (step) =>
        `• ${sentence(step.what)}${needsStart && step.needsAgent ? ` ${t('(Needs the agent.)')}` : ''}`,
    ),
    ...(leftAlone.length > 0 ? ['', t('Left alone:'), ...leftAlone.map((one) => `• ${sentence(one)}`)] : []),
    ...(needsStart ? ['', agentText] : []),
  ];
  return {
    message: t('Free {0}?', portInSentence(t, answer)),
    detail: parts.join('\n'),
    buttons: needsStart ? startButtons(t, steps) : [{ title: actButton(t, steps), consent: 'all' }],
  };
}

function startButtons(t: Translate, steps: readonly PlannedStep[]): FreeQuestion['buttons'] {
  const without = steps.filter(({ needsAgent }) => !needsAgent);
  return [
    { title: t('Start Agent and Free Port'), consent: 'all' },
    ...(without.length === 0
      ? []
      : [{ title: t('Without Agent: {0}', actButton(t, without)), consent: 'without-agent' as const }]),
  ];
}

/** Says what happens where it is one thing. */
function actButton(t: Translate, steps: readonly PlannedStep[]): string {
  const [first, ...more] = steps;
  if (!first || more.length > 0) return t('Free Port');
  const target = plain(first.target, 60);
  if (first.act === 'signal') return t('End {0}', first.process ? processText(first.process) : target);
  if (first.act === 'stop-supervisor' || first.act === 'stop-container') return t('Stop {0}', target);
  return t('Free Port');
}

function portInSentence(t: Translate, answer: FreePlan['answer']): string {
  return answer.protocol === 'udp' ? portText(t, answer) : t('port {0}', String(answer.port));
}

/** Asked when SIGTERM did not end a process. */
export function killQuestion(
  t: Translate,
  process: Owner,
): { readonly message: string; readonly detail: string } {
  return {
    message: t('{0} still runs. End it with SIGKILL?', processText(process)),
    detail: t(
      'It was asked to end (SIGTERM) and did not. SIGKILL gives it no chance to save anything or to clean up.',
    ),
  };
}

/** What was done that is worth a word besides the outcome, and the outcome. */
export function reportText(t: Translate, { steps, message, already }: FreeReport): string {
  if (already || steps.length === 0) return plain(message, 600);
  const [first, ...more] = steps.map((step) => stepText(t, step));
  const done = more.length === 0 ? first : t('{0}, and {1} more', first ?? '', more.length);
  return `${done}. ${plain(message, 600)}`;
}

function stepText(t: Translate, { target, outcome }: DoneStep): string {
  return t('{0}: {1}', plain(target, 80), outcome);
}

/** One line for the log. */
export function stepLine({ act, target, outcome, message }: DoneStep): string {
  return `${act} ${plain(target)}: ${outcome}: ${plain(message, 600)}`;
}

function sentence(text: string): string {
  const shown = plain(text, 600);
  return /[.!?]$/.test(shown) ? shown : `${shown}.`;
}
