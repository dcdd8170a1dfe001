/** Errors of this library; callers match on `code`. */

import { join } from 'node:path';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { ErrorCode } from '../../protocol';
import { inOwnWords } from '../own-words';
import { programFolder } from './program-folder';

/**
 * Codes of the protocol (ErrorCode), and:
 * - `noAgent`: no agent serves this user.
 * - `untrusted`: the socket may not be the agent's, or the agent refuses this user.
 * - `lost`: the agent has hung up, or this client is closed.
 * - `invalidParams`: an option has a wrong value.
 * - `notReconnected`: no new connection was made in time.
 * - `failed`: any other error; the message has the details.
 */
export type SockscopeErrorCode =
  | keyof typeof ErrorCode
  | 'noAgent'
  | 'untrusted'
  | 'lost'
  | 'invalidParams'
  | 'notReconnected'
  | 'failed';

/** Commands in the text as they can be run here. */
function inLibraryWords(text: string): string {
  return inOwnWords(text, join(programFolder, 'sockscope.js'));
}

export class SockscopeError extends Error {
  override readonly name: string = 'SockscopeError';
  readonly code: SockscopeErrorCode;

  constructor(code: SockscopeErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(inLibraryWords(message), options);
    this.code = code;
  }
}

export class NoAgentError extends SockscopeError {
  override readonly name = 'NoAgentError';
  readonly uid: number;

  constructor(uid: number) {
    super('noAgent', `No agent serves uid ${uid}: start it with sudo sockscope agent serve`);
    this.uid = uid;
  }
}

/** Wraps what a request to the agent rejects with. */
export function toSockscopeError(error: unknown): SockscopeError {
  if (error instanceof SockscopeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SockscopeError(codeOf(error), message, { cause: error });
}

const lostCodes: readonly number[] = [
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
  ErrorCodes.MessageWriteError,
];

function codeOf(error: unknown): SockscopeErrorCode {
  if (!(error instanceof ResponseError)) return 'lost';
  if (error.code === ErrorCodes.InvalidParams) return 'invalidParams';
  if (lostCodes.includes(error.code)) return 'lost';
  const names = Object.keys(ErrorCode) as (keyof typeof ErrorCode)[];
  return names.find((name) => ErrorCode[name] === error.code) ?? 'failed';
}
