/** Texts of freeing a port: the questions before it and the report after it. Pure. */

import type { DoneStep, FreePlan, FreeReport, PlannedStep } from '../../agent/client/ports/free-types';
import { durationText, type Owner, type PortParams } from '../../agent/protocol';
import { inEditorWords } from '../base/editor-words';
import { plain, type Translate, withStop } from '../base/text';
import { processText } from '../tree/process-text';
import { portText } from './port-text';

/** Characters of a sentence with the names of all affected processes. */
const maxPlanLength = 4000;

/** Chosen by the user: start the agent, or do only the steps that need none. */
export type Consent = 'with-agent' | 'without-agent';

interface FreeQuestion {
  readonly message: string;
  readonly detail: string;
  /** The first is the way that frees the port. */
  readonly buttons: readonly { readonly title: string; readonly consent: Consent }[];
}

/** `agentText`: how the agent is started; null: it runs already. */
export function freeQuestion(t: Translate, plan: FreePlan, agentText: string | null): FreeQuestion {
  const { steps, leftAlone, answer } = plan;
  const starts = (step: PlannedStep) => agentText !== null && step.needsAgent && !step.ifStillBusy;
  const needsStart = steps.some(starts);
  const parts = [
    ...steps.map((step) => `• ${stepText(t, step)}${starts(step) ? ` ${t('(Needs the agent.)')}` : ''}`),
    ...(leftAlone.length > 0
      ? ['', t('Left alone:'), ...leftAlone.map((one) => `• ${sentence(t, one, maxPlanLength)}`)]
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

/** With the command of a process that is ended: a name and a pid alone say little. */
function stepText(t: Translate, { act, what, process }: PlannedStep): string {
  const command = act === 'signal' && process ? plain(process.command, 200) : '';
  const planned = sentence(t, what, maxPlanLength);
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

/** Names the step where there is only one. */
function actButton(t: Translate, steps: readonly PlannedStep[]): string {
  const [first, ...more] = steps.filter(({ ifStillBusy }) => !ifStillBusy);
  if (!first || more.length > 0) return t('Free Port');
  if (first.act === 'signal') return t('End {0}', plain(first.target, 60));
  if (first.act === 'stop-supervisor' || first.act === 'stop-container')
    return t('Stop {0}', plain(first.target, 60));
  return t('Free Port');
}

/** The question when the agent turns out to be needed: to find the holder, or to abort remaining connections. */
export function agentQuestion(
  t: Translate,
  port: Pick<PortParams, 'port' | 'protocol' | 'addresses'>,
  begun: boolean,
  agentText: string,
): { readonly message: string; readonly detail: string } {
  const why = begun
    ? t('Its remaining connections keep it busy, and only the agent can abort them.')
    : t('Its holder is not visible without the agent.');
  return {
    message: t('Start the agent to free {0}?', portInSentence(t, port)),
    detail: `${why}\n\n${agentText}`,
  };
}

function portInSentence(t: Translate, port: Pick<PortParams, 'port' | 'protocol' | 'addresses'>): string {
  const isPlain = port.protocol === 'tcp' && !port.addresses?.length;
  return isPlain ? t('port {0}', String(port.port)) : portText(t, port);
}

/** The question when SIGTERM did not end a process. */
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

/** The messages of the steps, and the final message, which may repeat that of a failed step. */
export function reportText(t: Translate, { steps, message, watchedMs }: FreeReport): string {
  const notes = steps.filter((step) => step.message !== '' && !message.includes(step.message));
  const watched = watchedMs === null ? [] : [t('Nothing took it again within {0}.', durationText(watchedMs))];
  return [...[...notes, { message }].map((one) => sentence(t, one.message)), ...watched].join(' ');
}

/** One line for the log. */
export function stepLine({ act, target, outcome, message }: DoneStep): string {
  return `${act} ${plain(target)}: ${outcome}: ${plain(message, 600)}`;
}

/** Begins with a name as often as not, which keeps its case. */
function sentence(t: Translate, text: string, maxLength = 600): string {
  return withStop(t, plain(inEditorWords(t, text), maxLength));
}
