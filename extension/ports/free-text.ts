/** What freeing a port is going to do and what it did, in words. Pure. */

import type { DoneStep, FreePlan, FreeReport, PlannedStep } from '../../agent/client/ports/free-types';
import type { Owner, PortParams } from '../../agent/protocol';
import { plain, type Translate } from '../base/text';
import { processText } from '../tree/socket-text';
import { portText } from './port-text';

/** Characters of a sentence that names whom an act is for: room for all of them. */
const maxPlanLength = 4000;

/** What a person agrees to: that the agent is started, or what can be done without it. */
export type Consent = 'with-agent' | 'without-agent';

export interface FreeQuestion {
  readonly message: string;
  readonly detail: string;
  /** The first is the way that frees the port. */
  readonly buttons: readonly { readonly title: string; readonly consent: Consent }[];
}

/** `agentText`: what its start means for the person; null: it runs already. */
export function freeQuestion(t: Translate, plan: FreePlan, agentText: string | null): FreeQuestion {
  const { steps, leftAlone, answer } = plan;
  const starts = (step: PlannedStep) => agentText !== null && step.needsAgent && !step.ifStillBusy;
  const needsStart = steps.some(starts);
  const parts = [
    ...steps.map((step) => `• ${stepText(t, step)}${starts(step) ? ` ${t('(Needs the agent.)')}` : ''}`),
    ...(leftAlone.length > 0
      ? ['', t('Left alone:'), ...leftAlone.map((one) => `• ${sentence(one, maxPlanLength)}`)]
      : []),
    ...(needsStart ? ['', agentText] : []),
  ];
  return {
    message: t('Free {0}?', portInSentence(t, answer)),
    detail: parts.join('\n'),
    buttons: needsStart
      ? startButtons(
          t,
          steps.filter((step) => !starts(step)),
        )
      : [{ title: actButton(t, steps), consent: 'without-agent' }],
  };
}

/** With the command of whoever is ended: a name and a pid alone say little. */
function stepText(t: Translate, { act, what, process }: PlannedStep): string {
  const command = act === 'signal' && process ? plain(process.command, 200) : '';
  const planned = sentence(what, maxPlanLength);
  return command === '' ? planned : `${planned} ${t('It runs: {0}', command)}`;
}

function startButtons(t: Translate, others: readonly PlannedStep[]): FreeQuestion['buttons'] {
  const without = others.filter(({ ifStillBusy }) => !ifStillBusy);
  return [
    { title: t('Start Agent and Free Port'), consent: 'with-agent' },
    ...(without.length === 0
      ? []
      : [{ title: t('Without Agent: {0}', actButton(t, without)), consent: 'without-agent' as const }]),
  ];
}

/** Says what happens where it is one thing. */
function actButton(t: Translate, steps: readonly PlannedStep[]): string {
  const [first, ...more] = steps.filter(({ ifStillBusy }) => !ifStillBusy);
  if (!first || more.length > 0) return t('Free Port');
  if (first.act === 'signal') return t('End {0}', plain(first.target, 60));
  if (first.act === 'stop-supervisor' || first.act === 'stop-container')
    return t('Stop {0}', plain(first.target, 60));
  return t('Free Port');
}

/** Asked when the agent turns out to be needed: to see who holds the port, or to abort what is left of it. */
export function agentQuestion(
  t: Translate,
  port: Pick<PortParams, 'port' | 'protocol'>,
  begun: boolean,
  agentText: string,
): { readonly message: string; readonly detail: string } {
  const why = begun
    ? t('What is left of its connections keeps it busy, and only the agent can abort that.')
    : t('Who holds it cannot be seen without the agent.');
  return {
    message: t('Start the agent to free {0}?', portInSentence(t, port)),
    detail: `${why}\n\n${agentText}`,
  };
}

function portInSentence(t: Translate, port: Pick<PortParams, 'port' | 'protocol'>): string {
  return port.protocol === 'udp' ? portText(t, port) : t('port {0}', String(port.port));
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

/** What became of each whom something was done to, and the outcome, which may have the sentence of what went wrong. */
export function reportText({ steps, message }: FreeReport): string {
  const told = steps.filter((step) => step.message !== '' && !message.includes(step.message));
  return [...told, { message }].map((one) => sentence(one.message)).join(' ');
}

/** One line for the log. */
export function stepLine({ act, target, outcome, message }: DoneStep): string {
  return `${act} ${plain(target)}: ${outcome}: ${plain(message, 600)}`;
}

/** Begins with a name as often as not, which keeps its case. */
function sentence(text: string, most = 600): string {
  const shown = plain(text, most);
  return /[.!?]$/.test(shown) ? shown : `${shown}.`;
}
