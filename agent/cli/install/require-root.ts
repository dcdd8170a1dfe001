import { ownUid } from '../../client/served-uid';
import { asRootAdvice } from '../../client/start-problem';
import { CommandError, Exit } from '../exit';

/** Throws CommandError (denied) with the same command under sudo. */
export function requireRoot(words: readonly string[]): void {
  if (ownUid() === 0) return;
  throw new CommandError(Exit.denied, `Only root may do this. ${asRootAdvice(words)}`);
}
