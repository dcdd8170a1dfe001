/** Makes real binds to a port: by the broker in any network namespace, by the observer in its own. */

import { decodeBinds, encodeBindRequest, type PortPlace } from '../broker-link/bind-records';
import type { Caller } from '../broker-link/claim-records';
import { tryBinds as inOwnNamespace } from '../broker-link/native';
import type { Context } from '../context';
import { type BindTrial, ErrorCode, protocolError } from '../protocol';

/** `addresses`: empty for the usual ones. Errors: notFound, denied, busy, kernelRefused, brokerLost. */
export async function tryBinds(
  context: Context,
  caller: Caller,
  place: PortPlace,
  addresses: readonly string[],
): Promise<BindTrial[]> {
  if (addresses.length === 0) return tryOnce(context, caller, place);
  const trials: BindTrial[] = [];
  for (const address of addresses) trials.push(...(await tryOnce(context, caller, place, address)));
  return trials;
}

async function tryOnce(
  { broker, scanner }: Context,
  caller: Caller,
  place: PortPlace,
  address?: string,
): Promise<BindTrial[]> {
  if (broker) return broker.tryBinds(caller, place, address);
  if (place.netns !== scanner.own)
    throw protocolError(
      ErrorCode.notFound,
      'Another network namespace can only be entered by the agent: start it with sudo sockscope agent serve',
    );
  return decodeBinds(await inOwnNamespace(encodeBindRequest(place, address)), place.netns);
}
