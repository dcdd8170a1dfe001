/** Error codes of the protocol: positive, outside JSON-RPC's reserved range. Callers match on codes, never on text. */

import { ResponseError } from 'vscode-jsonrpc';

export const ErrorCode = {
  /** The filter is invalid; the message has the wrong part and the nearest valid form. */
  invalidFilter: 1001,
  /** The agent was started with --read-only. */
  readOnly: 1002,
  /** The observer has no privileges: start the agent. */
  needsAgent: 1003,
  /** The listing of this cursor is no longer stored: list again. */
  cursorExpired: 1004,
  /** Too many requests, views or outages at once. */
  busy: 1005,
  /** The broker has ended; the agent ends too and must be started again. */
  brokerLost: 1006,
  /** The kernel refused a call that the request needs; the message has the errno and what to do. */
  kernelRefused: 1007,
  /** The socket or process of the request no longer exists. */
  notFound: 1008,
  /** The broker has not answered in time; the act may still happen. */
  brokerHangs: 1009,
  /** Client and agent have different protocol numbers: restart the agent. `agent/status` and `agent/stop` are answered. */
  otherProtocol: 1010,
  /** Outside the scope of the agent; the message says how to allow it. */
  denied: 1011,
  /** What matches is not what its user has agreed to: show it and ask again. */
  changed: 1012,
  /** Nothing was disturbed by it; the message has the reason. */
  noEffect: 1013,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** By its number alone: the connection of the editor is a bundle of its own, whose errors have another class. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether the other side answered with it; else the connection failed. By its number, as above. */
export function isAnswer(error: unknown): error is Error & { readonly code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

export function protocolError(code: ErrorCode, message: string): ResponseError<void> {
  return new ResponseError(code, message);
}
