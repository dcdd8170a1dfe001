/** Makes real binds to a port: by the broker in any network namespace, by the observer in its own. */

import { decodeBinds, type PortPlace } from '../broker-link/bind-records';
import type { Caller } from '../broker-link/claim-records';
import { tryBinds as inOwnNamespace } from '../broker-link/native';
import { protocolNumbers } from '../broker-link/records';
import type { Context } from '../context';
import { type BindTrial, ErrorCode, protocolError } from '../protocol';

/** Errors: notFound, denied, busy, kernelRefused, brokerLost. */
export async function tryBinds(
  { broker, scanner }: Context,
  caller: Caller,
  place: PortPlace,
): Promise<BindTrial[]> {
  if (broker) return broker.tryBinds(caller, place);
  if (place.netns !== scanner.own)
    throw protocolError(
      ErrorCode.notFound,
      'Another network namespace can only be entered by the agent: start it with sudo sockscope agent serve',
    );
  const { netns, port, protocol } = place;
  return decodeBinds(await inOwnNamespace(protocolNumbers[protocol], port), netns);
}
