/** What a model gets of an answer: plain data, readable and bounded. */

import { readable } from './bounds';
import type { Answer } from './tool';

/** `words`: commands in sentences as they can be run where the answer is read. */
export function answerData(
  { message, details, failed = false }: Answer,
  words: (text: string) => string,
): Record<string, unknown> {
  const data = { message, ...(failed ? { failed } : {}), ...details };
  return readable(data, words) as Record<string, unknown>;
}
