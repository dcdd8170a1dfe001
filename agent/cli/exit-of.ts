/** Exit codes of errors: a mistake in the command, or a refusal of the agent. */

import { isUsageError } from '../common/usage-error';
import { ErrorCode, hasCode } from '../protocol';
import { Exit } from './exit';

const refusals = [ErrorCode.readOnly, ErrorCode.needsAgent, ErrorCode.otherProtocol, ErrorCode.denied];

export function exitOf(error: unknown): Exit {
  if (isUsageError(error) || hasCode(error, ErrorCode.invalidFilter)) return Exit.usage;
  return refusals.some((code) => hasCode(error, code)) ? Exit.denied : Exit.failed;
}
