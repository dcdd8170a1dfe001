/** Whether both ends of the wire understand each other: an agent runs on while the programs that use it are updated. */

import { type AgentInfo, agentStatus, agentStop } from './agent';
import { visibleText } from './text';

/**
 * The number of this protocol. Raise it by one with any change of a name, a shape or a meaning on the wire: a method, a parameter, a
 * field of an answer, an error code, a unit, a default. Sides of different numbers do nothing together but what `forEveryProtocol`
 * names.
 */
export const protocolNumber = 24;

/**
 * Methods that keep their names, parameters and answers under every number, so that an agent of another version can be seen and
 * stopped. The same holds for `initialize`, for Side, and for mode, pid and uid of AgentInfo.
 */
const forEveryProtocol: readonly string[] = [agentStatus.method, agentStop.method];

/** One end of the wire: the client's in `initializationOptions` of `initialize`, the agent's in the answer, as part of AgentInfo. */
export type Side = Pick<AgentInfo, 'version' | 'protocol'>;

/** What the other end says of itself. Those from before there was a number have 0. */
export function sideOf(value: unknown): Side {
  const { version, protocol } = (value ?? {}) as Partial<Record<keyof Side, unknown>>;
  return {
    version: typeof version === 'string' ? visibleText(version.slice(0, 100)) : 'unknown',
    protocol: typeof protocol === 'number' && Number.isSafeInteger(protocol) ? protocol : 0,
  };
}

/** Whether a method may be asked for between this end and one of that number. */
export function isUnderstood(method: string, protocol: number): boolean {
  return protocol === protocolNumber || forEveryProtocol.includes(method);
}

/** `Restart the agent: version 0.1.0 (protocol 1) runs, version 0.2.0 (protocol 2) is here`, without a full stop. */
export function skewText(agent: Side, client: Side): string {
  const advice =
    agent.protocol > client.protocol ? 'Update Sockscope here, or restart the agent' : 'Restart the agent';
  return `${advice}: version ${sideText(agent)} runs, version ${sideText(client)} is here`;
}

/** `0.1.0 (protocol 1)`. */
export function sideText({ version, protocol }: Side): string {
  return `${version} (protocol ${protocol})`;
}
