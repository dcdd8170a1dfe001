/** The plan for a port as lines of text: what a user agrees to. */

import { ageText, inSentence, processText } from '../../common/process-text';
import { type ProcessDetail, visibleText } from '../../protocol';
import type { FreePlan } from './free-types';
import { headline } from './headline';

export function planLines({ answer, notes, steps, leftAlone, processes }: FreePlan): string[] {
  return [
    ...[headline(answer), ...notes].map((sentence) => `${sentence}.`),
    ...steps.map(({ what }, index) => `  ${index + 1}. ${what}.`),
    ...leftAlone.map((sentence) => `  Left alone: ${inSentence(sentence)}.`),
    ...processes.map((process) => `  ${processLine(process)}.`),
  ];
}

/** `node (pid 42): node server.js, in /home/me/app, for 3 h`; without a command line, the rest. */
export function processLine({ pid, name, command, workingDirectory, startedAt }: ProcessDetail): string {
  const folder = workingDirectory === null ? '' : `, in ${visibleText(workingDirectory)}`;
  const line = command === '' ? '' : `: ${visibleText(command)}`;
  const age = ageText(Date.now() - Date.parse(startedAt));
  return `${processText({ pid, name })}${line}${folder}, for ${age}`;
}
