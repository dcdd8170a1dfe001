/** A broker that obeys a test as its agent, among processes of the served user and of another one. */

import { Broker } from '../../agent/broker-link/broker';
import { forkBroker } from '../../agent/broker-link/native';
import { connectAll, type Pair, type Place, places } from './pairs';
import type { Puppet } from './puppet';
import { type Stage, stranger } from './stage';

const [ipv4] = places as [Place];

export interface Ends {
  readonly server: Puppet;
  readonly client: Puppet;
}

export interface HostileCast {
  readonly broker: Broker;
  /** Of another user, at both ends. */
  readonly foreign: Ends;
  /** Of the served user. */
  readonly own: Ends;
  /** Connections between `foreign`. */
  readonly theirs: Record<'one' | 'two', Pair>;
}

/** Ended with the stage. */
export async function hostileCast(stage: Stage): Promise<HostileCast> {
  const broker = new Broker(forkBroker(stage.user.uid, false));
  stage.onClose(() => broker.close());
  const foreign = {
    server: await stage.puppet({ user: stranger }),
    client: await stage.puppet({ user: stranger }),
  };
  const own = { server: await stage.puppet(), client: await stage.puppet() };
  const { pairs } = await connectAll(foreign.server, foreign.client, ipv4, 'theirs', ['one', 'two']);
  return { broker, foreign, own, theirs: pairs };
}
