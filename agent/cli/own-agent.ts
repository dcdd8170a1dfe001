/** The agent program that a verb starts for itself where no agent runs. */

import type { OwnMode } from '../client/own-program';
import { ownUid, servedUid } from '../client/served-uid';
import { isAgentHidden } from '../common/agent-socket';
import { lackText, mountAdvice, outsideAdvice, rootPowers } from '../common/capabilities';

/** `once`: lists and destroys. Others watch connects or changes, hold something down or read timers. */
export type Use = 'once' | 'watching';

export const directFor = { once: 'direct-without-watching', watching: 'direct' } as const;

/** For verbs that only read. */
export function modeToSee(use: Use): OwnMode {
  return seesAsRoot() ? directFor[use] : 'observe';
}

/** On standard error: why root, or whoever has an agent elsewhere, sees no more than an ordinary user. */
export function noteLack(): void {
  const lack = lackHere();
  if (lack !== null) console.error(`sockscope: What an ordinary user sees, as ${lack}`);
}

function lackHere(): string | null {
  if (ownUid() === 0) return `${lackText(rootPowers())}. ${mountAdvice(ownUid())}`;
  if (!isAgentHidden(servedUid())) return null;
  return `this user namespace does not show whose the folder of the agent is, as in a rootless container. ${outsideAdvice}`;
}

/** Root that lacks capabilities sees more as an ordinary user: a broker could not even read root's own processes. */
export function seesAsRoot(): boolean {
  return ownUid() === 0 && rootPowers().sees;
}

export function actsAsRoot(): boolean {
  return ownUid() === 0 && rootPowers().acts;
}
