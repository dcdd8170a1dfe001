/** A holder and its twin in a namespace of their own, and what the command line and the kernel say of their ports. */

import type { BindTrial } from '../../../agent/protocol';
import type { Netns } from '../netns';
import type { Puppet } from '../puppet';
import type { CommandResult, Stage } from '../stage';
import type { Binds, Held, Holder } from './holder';
import { startWitness } from './puppets';

/** Without its namespace. */
export type Trial = Omit<BindTrial, 'netns'>;

const firstPort = 20_000;

export class Scene {
  private constructor(
    readonly holder: Holder,
    readonly held: Held,
    /** The same on another port; nothing may happen to it. */
    readonly twin: Held,
    /** Where the port is asked about. */
    private readonly netns: Netns,
    /** Where the command line runs. */
    private readonly asker: Netns,
    private readonly witness: Puppet,
    private readonly stage: Stage,
    /** Of this scene alone. */
    private readonly namespaces: readonly Netns[],
  ) {}

  /** Scenes on one stage may be there at the same time, each with a number of its own. */
  static async make(stage: Stage, holder: Holder, number: number): Promise<Scene> {
    const netns = stage.makeNetns(`h${number}`);
    const asker = holder.apart ? stage.makeNetns(`h${number}o`) : netns;
    const hold = (offset: number) =>
      holder.start({ stage, netns, site: stage.site(firstPort + 10 * number + offset) });
    const [held, twin] = await Promise.all([hold(0), hold(1)]);
    const home = held.netns ?? netns;
    const askedAbout = holder.apart === 'unnamed' ? asker : home;
    const witness = await startWitness({ stage, netns: askedAbout });
    const from = holder.apart ? asker : home;
    return new Scene(holder, held, twin, askedAbout, from, witness, stage, [...new Set([netns, asker])]);
  }

  why(): Promise<CommandResult> {
    return this.#sockscope(['why', ...this.#port(), '--json']);
  }

  free(): Promise<CommandResult> {
    return this.#sockscope(['free', ...this.#port(), ...(this.holder.words ?? []), '--yes', '--json']);
  }

  /** As a socket of the test's own finds them, whatever the command line says. */
  async binds({ port }: Held): Promise<Trial[]> {
    const { protocol = 'tcp' } = this.holder;
    return (await this.witness.command('trials', { port, protocol })) as Trial[];
  }

  async close(): Promise<void> {
    await Promise.all([this.held.stop(), this.twin.stop(), this.witness.stop()]);
    // An agent looks into every namespace that there is.
    for (const netns of this.namespaces) netns.remove();
  }

  #port(): string[] {
    const { protocol, apart } = this.holder;
    return [
      `${this.held.port}`,
      ...(protocol === 'udp' ? ['--udp'] : []),
      ...(apart === 'named' ? ['--net', this.netns.name] : []),
    ];
  }

  #sockscope(words: readonly string[]): Promise<CommandResult> {
    return this.stage.sockscope(words, { ...this.held.asker, netns: this.asker });
  }
}

/** Where a bind fails, in the order of the trials. */
function busyAddresses(trials: readonly Trial[], withReuse: boolean): string[] {
  return trials
    .filter(({ reuseaddr, error }) => reuseaddr === withReuse && error !== null)
    .map(({ address }) => address);
}

export function bindsOf(trials: readonly Trial[]): Binds {
  if (busyAddresses(trials, false).length === 0) return 'free';
  const triedReuse = trials.some(({ reuseaddr }) => reuseaddr);
  return triedReuse && busyAddresses(trials, true).length === 0 ? 'reuse' : 'busy';
}

/** `busy 0.0.0.0 127.0.0.1 ::`, with the addresses that cannot be bound. */
export function bindsText(trials: readonly Trial[]): string {
  const binds = bindsOf(trials);
  if (binds === 'free') return 'free';
  const addresses = busyAddresses(trials, false).join(' ');
  return binds === 'busy' ? `busy ${addresses}` : `free with SO_REUSEADDR, else busy ${addresses}`;
}
