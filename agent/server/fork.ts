/**
 * The first steps of a process that starts as root. They come before most of its code is loaded: meanwhile the broker loads its BPF
 * programs, on another processor.
 */

import { type BrokerHandle, forkBroker, holdShell, ignoreDebuggerSignal } from '../broker-link/native';
import { lackText, mountAdvice, rootPowers } from '../common/capabilities';
import type { ServeOptions } from '../common/serve-arguments';
import { StartRefused } from '../system/root-folder';
import { leaveIoUring } from './io-uring';
import { takeOwnUid } from './own-uid';

export { holdShell };

export interface Forked {
  /**
   * Uid of its own, which the process takes once its code is loaded: meanwhile another thread looks which uids are in use. Rejects with
   * StartRefused.
   */
  readonly own: Promise<number>;
  readonly broker: BrokerHandle;
}

/** Throws StartRefused. */
export function forkForUser({ uid, scope }: ServeOptions): Forked {
  requireRoot('The agent needs root to start: sudo sockscope agent serve');
  const powers = rootPowers();
  if (!powers.acts)
    throw new StartRefused(`The agent cannot work here: ${lackText(powers)}. ${mountAdvice(uid)}`);
  return fork(uid, { scopeAll: scope === 'all', watches: true });
}

/** What a command is about to do. */
interface Work {
  /** Whether it watches anything or holds anything down. */
  readonly watches: boolean;
  /** Whether it asks for all sockets first. */
  readonly listsAll?: boolean;
}

/** Throws StartRefused. */
export function forkForCommand(work: Work): Forked {
  requireRoot('Only root can work without an agent: sudo sockscope agent serve');
  return fork(0, { scopeAll: true, ...work });
}

function requireRoot(refusal: string): void {
  if (process.getuid?.() !== 0) throw new StartRefused(refusal);
}

function fork(
  served: number,
  { scopeAll, watches, listsAll }: Work & { readonly scopeAll: boolean },
): Forked {
  leaveIoUring();
  ignoreDebuggerSignal();
  const broker = forkBroker(served, scopeAll, watches, listsAll);
  const own = takeOwnUid(served);
  own.catch(() => {}); // whoever awaits it reports that
  return { own, broker };
}
