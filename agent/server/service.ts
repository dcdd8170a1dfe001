/** What one agent process has: where sockets come from, what can destroy, and its terms. Shared by all connections. */

import type { Audit } from '../access/audit';
import { AttemptWatch } from '../broker-link/attempt-watch';
import type { Broker, BrokerFeatures } from '../broker-link/broker';
import { version } from '../common/version';
import type { Inventory } from '../inventory/inventory';
import { KernelOwned } from '../inventory/kernel-owned';
import { Sight } from '../inventory/scanner';
import { brokerSource, observerSource } from '../inventory/source';
import { Live } from '../live/live';
import {
  type AgentInfo,
  type AgentStatus,
  type Engine,
  ErrorCode,
  type Mode,
  protocolError,
  type Scope,
} from '../protocol';
import { Outages } from '../reconnect/outages';

export interface ServiceOptions {
  readonly mode: Mode;
  readonly scope: Scope;
  readonly readOnly: boolean;
  /** The uid that is served. */
  readonly uid: number;
  readonly audit: Audit;
}

/** The broker with what it said it can do. */
export interface BrokerPart {
  readonly broker: Broker;
  readonly features: BrokerFeatures;
}

/** What the connect hooks serve. */
export interface HookPart {
  readonly attempts: AttemptWatch;
  readonly outages: Outages;
}

export class Service {
  readonly options: ServiceOptions;
  readonly sight: Sight;
  /** The machine as it changes, while somebody watches. */
  readonly live: Live;
  readonly #part: BrokerPart | null;
  readonly #hooks: HookPart | null;

  private constructor(options: ServiceOptions, part: BrokerPart | null) {
    this.options = options;
    this.#part = part;
    this.#hooks = part?.features.hooks
      ? { attempts: new AttemptWatch(part.broker), outages: new Outages(this, part.broker) }
      : null;
    this.sight = part
      ? new Sight(brokerSource(part.broker, part.features.list), kernelOwned(part), [
          process.pid,
          part.broker.pid,
        ])
      : new Sight(observerSource, null, [process.pid]);
    this.live = new Live(this.sight, part?.features.events ? part.broker : null);
  }

  static observer(options: ServiceOptions): Service {
    return new Service(options, null);
  }

  static async withBroker(options: ServiceOptions, broker: Broker): Promise<Service> {
    const features = await broker.features();
    return new Service(options, { broker, features });
  }

  /** A new look at the kernel's sockets. */
  look(): Promise<Inventory> {
    return this.sight.look();
  }

  /** Throws needsAgent in the observer. */
  get part(): BrokerPart {
    if (!this.#part)
      throw protocolError(
        ErrorCode.needsAgent,
        'Destroying needs the agent: start it with sudo sockscope agent serve',
      );
    return this.#part;
  }

  /** Throws needsAgent in the observer, kernelRefused where the hooks cannot be attached. */
  get hooks(): HookPart {
    if (this.part && this.#hooks) return this.#hooks;
    throw protocolError(
      ErrorCode.kernelRefused,
      'The connect hooks cannot be attached here: run sockscope doctor',
    );
  }

  /** Those that run; none where there are no hooks. */
  get outages(): Outages | null {
    return this.#hooks?.outages ?? null;
  }

  /** Null in the observer. */
  get broker(): Broker | null {
    return this.#part?.broker ?? null;
  }

  get features(): BrokerFeatures | null {
    return this.#part?.features ?? null;
  }

  get engines(): readonly Engine[] {
    const engines: Engine[] = [];
    if (this.features?.destroy) engines.push('bpf');
    if (this.features?.sockDiagDestroy) engines.push('sock_diag');
    return engines;
  }

  get info(): AgentInfo {
    const { mode, uid, scope, readOnly } = this.options;
    return { version, mode, pid: process.pid, uid, scope, readOnly, engines: this.engines };
  }

  get brokerPid(): number | null {
    return this.broker?.pid ?? null;
  }

  /** Its part of the agent's status. */
  async brokerState(): Promise<Pick<AgentStatus, 'brokerPid' | 'brokerSilentMs'>> {
    return { brokerPid: this.brokerPid, brokerSilentMs: (await this.broker?.silentMs()) ?? null };
  }
}

/** Only the walk of the BPF program can tell. */
function kernelOwned({ broker, features }: BrokerPart): KernelOwned | null {
  return features.destroy ? new KernelOwned(broker) : null;
}
