/** Exit codes of errors: a mistake in the command, or a refusal of the agent. */

import { ResponseError } from 'vscode-jsonrpc';
import { ErrorCode } from '../protocol';
import { Exit } from './exit';

const refusals: readonly number[] = [
  ErrorCode.readOnly,
  ErrorCode.needsAgent,
  ErrorCode.otherProtocol,
  ErrorCode.denied,
];

export function exitOf(error: unknown): Exit {
  if (!(error instanceof ResponseError)) return Exit.failed;
  if (error.code === ErrorCode.invalidFilter) return Exit.usage;
  return refusals.includes(error.code) ? Exit.denied : Exit.failed;
}
