/** State that all handlers share: options, the broker and its features, the scanner, the live view. One for all connections. */

import type { Report } from './access/report';
import { AttemptWatch } from './broker-link/attempt-watch';
import type { Broker } from './broker-link/broker';
import type { BrokerFeatures } from './broker-link/feature-records';
import { KernelOwned } from './inventory/kernel-owned';
import { Scanner } from './inventory/scanner';
import { brokerSource, observerSource } from './inventory/source';
import { History } from './live/history';
import { Live } from './live/live';
import { type Engine, ErrorCode, type Mode, type ProgramFiles, protocolError, type Scope } from './protocol';

export interface AgentOptions {
  readonly mode: Mode;
  readonly scope: Scope;
  readonly readOnly: boolean;
  /** The uid that is served. */
  readonly uid: number;
  readonly report: Report;
  /** Of an agent. The others are started by a client, from its own files. */
  readonly files?: ProgramFiles;
}

/** The broker and what it could load here. */
interface BrokerPart {
  readonly broker: Broker;
  readonly features: BrokerFeatures;
}

export class Context {
  readonly options: AgentOptions;
  readonly scanner: Scanner;
  /** Runs while at least one client watches. */
  readonly live: Live;
  readonly #part: BrokerPart | null;
  readonly #attempts: AttemptWatch | null;
  readonly #history: History | null;

  private constructor(options: AgentOptions, part: BrokerPart | null) {
    this.options = options;
    this.#part = part;
    this.#attempts = part?.features.hooks ? new AttemptWatch(part.broker) : null;
    this.scanner = part
      ? new Scanner(brokerSource(part.broker, part.features.list), kernelOwned(part))
      : new Scanner(observerSource, null);
    this.live = new Live(this.scanner, part?.features.events ? part.broker : null);
    this.#history = part?.features.history ? new History(part.broker, this.scanner) : null;
  }

  /** Without a broker: limited to what the user may see and do anyway. */
  static ofObserver(options: AgentOptions): Context {
    return new Context(options, null);
  }

  static async withBroker(options: AgentOptions, broker: Broker): Promise<Context> {
    return new Context(options, { broker, features: await broker.features() });
  }

  /** Null in the observer. */
  get broker(): Broker | null {
    return this.#part?.broker ?? null;
  }

  /** Null in the observer. */
  get features(): BrokerFeatures | null {
    return this.#part?.features ?? null;
  }

  /** Engines that work here, best first. */
  get engines(): readonly Engine[] {
    const engines: Engine[] = [];
    if (this.features?.destroy) engines.push('bpf');
    if (this.features?.sockDiagDestroy) engines.push('sock_diag');
    return engines;
  }

  /** Throws needsAgent in the observer. `what`: the clause that needs it. */
  requireBroker(what = 'Destroying'): Broker {
    if (this.broker) return this.broker;
    throw needsAgent(what);
  }

  /** Throws needsAgent in the observer, kernelRefused where the hooks cannot be attached. */
  requireHooks(): AttemptWatch {
    if (this.#attempts) return this.#attempts;
    throw this.hooksError();
  }

  /** Throws needsAgent in the observer, kernelRefused where connections cannot be recorded. */
  requireHistory(): History {
    if (this.#history) return this.#history;
    if (!this.broker) throw needsAgent('A history of connections');
    throw protocolError(ErrorCode.kernelRefused, 'Connections cannot be recorded here: run sockscope doctor');
  }

  /** The error that explains why there are no connect hooks. */
  hooksError() {
    if (!this.broker) return needsAgent('Following connects and holding remotes down');
    return protocolError(
      ErrorCode.kernelRefused,
      'The connect hooks cannot be attached here: run sockscope doctor',
    );
  }
}

function needsAgent(what: string) {
  return protocolError(
    ErrorCode.needsAgent,
    `${what} needs the agent: start it with sudo sockscope agent serve`,
  );
}

/** Null where the BPF iterators cannot be loaded: only their walk identifies the kernel's own sockets. */
function kernelOwned({ broker, features }: BrokerPart): (() => KernelOwned) | null {
  return features.destroy ? () => new KernelOwned(broker) : null;
}
