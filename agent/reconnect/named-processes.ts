/** Whether a rule may name the processes of a target. */

import type { Context } from '../context';
import { ErrorCode, protocolError } from '../protocol';
import { startTimeOf } from '../system/process-stat';
import { singleUidOf } from '../system/processes';
import { isUidOf } from '../system/users';
import { widerScope } from './outage-aim';

/** `pids`: null where it names none. The broker judges each, too: this is the sentence for the user. Errors: notFound. */
export async function requireNamed(context: Context, pids: readonly number[] | null): Promise<void> {
  if (pids === null) return;
  const { scope, uid } = context.options;
  await context.scanner.learn(pids);
  if (pids.every((pid) => !isAllowed(pid, scope === 'all' ? null : uid)))
    throw protocolError(
      ErrorCode.notFound,
      `None of these processes exists and belongs to you: check the pids; for another user's, start ${widerScope(context)}`,
    );
}

/** `uid`: null: all users. */
function isAllowed(pid: number, uid: number | null): boolean {
  return uid === null ? startTimeOf(pid) !== '0' : isUidOf(singleUidOf(pid), uid);
}
