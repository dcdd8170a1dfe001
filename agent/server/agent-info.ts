import { version } from '../common/version';
import type { Context } from '../context';
import { type AgentInfo, protocolNumber } from '../protocol';

/** How the agent introduces itself to its clients. */
export function agentInfo({ options, engines }: Context): AgentInfo {
  const { mode, uid, scope, readOnly } = options;
  return { version, protocol: protocolNumber, mode, pid: process.pid, uid, scope, readOnly, engines };
}
