/** What a client makes of an agent with another protocol number: it says so, and asks it for nothing. */

import { version } from '../common/version';
import {
  type AgentInfo,
  ErrorCode,
  isUnderstood,
  protocolError,
  protocolNumber,
  type Side,
  sideOf,
  skewText,
} from '../protocol';

/** This program, as it introduces itself in `initialize`. */
export const thisSide: Side = { version, protocol: protocolNumber };

/** A sentence without its full stop; null: this program and the agent understand each other. */
export function skewOf(info: AgentInfo): string | null {
  const agent = sideOf(info);
  return agent.protocol === protocolNumber ? null : skewText(agent, thisSide);
}

/** Throws a ResponseError (otherProtocol) where the agent may take this method for something else. */
export function requireUnderstood(method: string, info: AgentInfo): void {
  if (isUnderstood(method, sideOf(info).protocol)) return;
  throw protocolError(ErrorCode.otherProtocol, skewText(sideOf(info), thisSide));
}
