/** Real binds to a port: by the broker in any network namespace, by the observer in its own. */

import { tryBinds as inOwnNamespace } from '../native';
import { type BindTrial, ErrorCode, protocolError } from '../protocol';
import { protocolNumbers } from '../records';
import type { Service } from '../service';
import { decodeBinds, type PortPlace } from './bind-records';

/** Errors: notFound, kernelRefused, brokerLost. */
export async function tryBinds({ broker, sight }: Service, place: PortPlace): Promise<BindTrial[]> {
  if (broker) return broker.tryBinds(place);
  if (place.netns !== sight.own)
    throw protocolError(
      ErrorCode.notFound,
      'Another network namespace can only be entered by the agent: start it with sudo sockscope agent serve',
    );
  const { netns, port, protocol } = place;
  return decodeBinds(await inOwnNamespace(protocolNumbers[protocol], port), netns);
}
