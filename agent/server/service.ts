/** One agent process: the context that its handlers share, and the running outages. */

import type { Broker } from '../broker-link/broker';
import { Captures } from '../capture/captures';
import { type AgentOptions, Context } from '../context';
import { type AgentInfo, type AgentStatus, ErrorCode, protocolError } from '../protocol';
import { Outages } from '../reconnect/outages';
import { agentInfo } from './agent-info';

export class Service {
  readonly context: Context;
  /** Null where there are no connect hooks. */
  readonly outages: Outages | null;
  /** Null where packets cannot be captured. */
  readonly captures: Captures | null;

  private constructor(context: Context) {
    this.context = context;
    const { broker, features } = context;
    this.outages = broker && features?.hooks ? new Outages(context, broker) : null;
    this.captures = broker && features?.capture ? new Captures(context, broker) : null;
  }

  static observer(options: AgentOptions): Service {
    return new Service(Context.ofObserver(options));
  }

  static async withBroker(options: AgentOptions, broker: Broker): Promise<Service> {
    return new Service(await Context.withBroker(options, broker));
  }

  /** Throws needsAgent in the observer, kernelRefused where the hooks cannot be attached. */
  requireOutages(): Outages {
    if (this.outages) return this.outages;
    throw this.context.hooksError();
  }

  /** Throws needsAgent in the observer, kernelRefused where packets cannot be captured. */
  requireCaptures(): Captures {
    if (this.captures) return this.captures;
    this.context.requireBroker('Capturing');
    throw protocolError(ErrorCode.kernelRefused, 'Packets cannot be captured here: run sockscope doctor');
  }

  get info(): AgentInfo {
    return agentInfo(this.context);
  }

  /** The part of the agent's status that its connections do not know. */
  async state(): Promise<Pick<AgentStatus, 'brokerPid' | 'brokerSilentMs' | 'wholeScans'>> {
    const { broker, scanner } = this.context;
    return {
      brokerPid: broker?.pid ?? null,
      brokerSilentMs: (await broker?.silentMs()) ?? null,
      wholeScans: scanner.wholeScans,
    };
  }
}
