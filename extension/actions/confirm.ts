/** The one modal before an act. */

import { askModal } from '../base/ask-modal';
import { Cancelled } from '../context';
import type { Question } from './destroy-text';
import { needsAgentText } from './launch';

/** `startsAgent`: the act starts the agent first, and the modal says so. Rejects with Cancelled. */
export async function confirmAct(
  { message, detail }: Question,
  button: string,
  startsAgent: boolean,
): Promise<void> {
  const parts = [detail, startsAgent ? needsAgentText() : ''].filter((part) => part !== '');
  const choice = await askModal({ message, detail: parts.join('\n\n') }, button);
  if (choice !== button) throw new Cancelled();
}
