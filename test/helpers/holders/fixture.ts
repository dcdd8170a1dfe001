/** A holder and its twin in their own namespace, with the command line and binds for their ports. */

import type { BindTrial } from '../../../agent/protocol';
import type { Netns } from '../netns';
import type { Puppet } from '../puppet';
import type { CommandResult, Stage } from '../stage';
import type { Binds, HeldPort, Holder } from './holder';
import { startWitness } from './puppets';

/** A bind trial without its namespace. */
export type Trial = Omit<BindTrial, 'netns'>;

const firstPort = 20_000;

export class HolderFixture {
  readonly holder: Holder;
  readonly held: HeldPort;
  /** The same holder on another port, which must stay untouched. */
  readonly twin: HeldPort;
  /** The namespace that the commands ask about. */
  readonly #netns: Netns;
  /** The namespace in which the commands run. */
  readonly #commandNetns: Netns;
  readonly #witness: Puppet;
  readonly #stage: Stage;
  /** Created for this fixture, and removed with it. */
  readonly #namespaces: readonly Netns[];

  private constructor(
    stage: Stage,
    holder: Holder,
    [held, twin]: readonly [HeldPort, HeldPort],
    witness: Puppet,
    namespaces: { readonly port: Netns; readonly command: Netns; readonly own: readonly Netns[] },
  ) {
    this.#stage = stage;
    this.holder = holder;
    this.held = held;
    this.twin = twin;
    this.#witness = witness;
    this.#netns = namespaces.port;
    this.#commandNetns = namespaces.command;
    this.#namespaces = namespaces.own;
  }

  /** Fixtures of one stage may exist at the same time, each with a number of its own. */
  static async make(stage: Stage, holder: Holder, number: number): Promise<HolderFixture> {
    const netns = stage.makeNetns(`h${number}`);
    const other = holder.apart ? stage.makeNetns(`h${number}o`) : netns;
    const hold = (offset: number) =>
      holder.start({ stage, netns, site: stage.site(firstPort + 10 * number + offset) });
    const ports = await Promise.all([hold(0), hold(1)]);
    const home = ports[0].netns ?? netns;
    const port = holder.apart === 'unnamed' ? other : home;
    const witness = await startWitness({ stage, netns: port });
    return new HolderFixture(stage, holder, ports, witness, {
      port,
      command: holder.apart ? other : home,
      own: [...new Set([netns, other])],
    });
  }

  why(): Promise<CommandResult> {
    return this.#sockscope(['why', ...this.#port(), '--json']);
  }

  free(): Promise<CommandResult> {
    return this.#sockscope(['free', ...this.#port(), ...(this.holder.words ?? []), '--yes', '--json']);
  }

  /** The results of real binds by the test, independent of the command line. */
  async binds({ port }: HeldPort): Promise<Trial[]> {
    const { protocol = 'tcp' } = this.holder;
    return (await this.#witness.command('trials', { port, protocol })) as Trial[];
  }

  async close(): Promise<void> {
    await Promise.all([this.held.stop(), this.twin.stop(), this.#witness.stop()]);
    // An agent scans every namespace that exists.
    for (const netns of this.#namespaces) netns.remove();
  }

  #port(): string[] {
    const { protocol, apart } = this.holder;
    return [
      `${this.held.port}`,
      ...(protocol === 'udp' ? ['--udp'] : []),
      ...(apart === 'named' ? ['--net', this.#netns.name] : []),
    ];
  }

  #sockscope(words: readonly string[]): Promise<CommandResult> {
    return this.#stage.sockscope(words, { ...this.held.runAs, netns: this.#commandNetns });
  }
}

/** The addresses on which a bind fails, in the order of the trials. */
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

/** `busy 0.0.0.0 127.0.0.1 ::`: the addresses that cannot be bound. */
export function bindsText(trials: readonly Trial[]): string {
  const binds = bindsOf(trials);
  if (binds === 'free') return 'free';
  const addresses = busyAddresses(trials, false).join(' ');
  return binds === 'busy' ? `busy ${addresses}` : `free with SO_REUSEADDR, else busy ${addresses}`;
}
