/** What a model gets of an answer: plain data, readable and bounded. */

import { readable } from './bounds';
import type { Answer } from './tool';

export interface AnswerOptions {
  /** Commands in sentences as they can be run where the answer is read. */
  readonly words: (text: string) => string;
  /** Gives the command lines of processes, too: what stands in their arguments may be a secret. */
  readonly commandLines: boolean;
}

export function answerData(
  { message, details, failed = false }: Answer,
  { words, commandLines }: AnswerOptions,
): Record<string, unknown> {
  const data = { message, ...(failed ? { failed } : {}), ...details };
  return readable(commandLines ? data : withoutCommandLines(data), words) as Record<string, unknown>;
}

/** Those of processes, which have a pid; a command to run next stays. */
function withoutCommandLines(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCommandLines);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'command' || !('pid' in value));
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutCommandLines(part)]));
}
