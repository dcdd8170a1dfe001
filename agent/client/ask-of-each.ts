/** Many requests at a pace that an agent takes. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Requests at once, and a pause between them: an agent takes 32 at once and 500 a second of each client, and others wait. */
const atOnce = 8;
const pauseMs = 20;

/** `ask` of each, in order, at a pace that an agent takes however many there are. */
export async function askOfEach<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    if (start > 0) await sleep(pauseMs);
    answers.push(...(await Promise.all(items.slice(start, start + atOnce).map(ask))));
  }
  return answers;
}
