/** Clients at work on an agent, of every kind: lists, a view, a watch, destroys, a drill, an outage and a degrade. */

import { EventEmitter, once } from 'node:events';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import {
  type DestroyedSocket,
  type EngineChoice,
  type Outcome,
  rootGroup,
  runDrill,
  setView,
  type Target,
  watchSockets,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { degrade } from '../helpers/degrades';
import { holdDown } from '../helpers/outages';
import type { Ground } from './ground';

/** What a client was told of a connection that it wanted to be destroyed, or why it was told nothing. */
export interface Told {
  readonly name: string;
  readonly answer: Pick<DestroyedSocket, 'outcome' | 'message'> | Error;
}

/** All that clients were told until the load was over. */
export interface Answers {
  readonly destroys: readonly Told[];
  /** Errors of requests that destroy nothing. */
  readonly errors: readonly Error[];
}

interface Wish {
  readonly name: string;
  readonly target: Target;
}

/** A connection that is not among the wishes. */
interface Drilled {
  readonly name: string;
  readonly filter: string;
}

const engines: readonly EngineChoice[] = ['auto', 'sock_diag', 'bpf'];

/** Connections of each of the two clients that destroy one after the other, and of the one that destroys several at once. */
const oneByOne = 4;
const atOnce = 3;

/** Those, and one by a drill. */
export const destroysOfLoad = 2 * oneByOne + atOnce + 1;

const caught = (error: Error) => error;

export class Load {
  readonly #answers = new EventEmitter<{ more: [] }>();
  #answered = 0;
  readonly #clients: readonly Client[];
  readonly #wishes: readonly Wish[];
  readonly #drilled: Drilled;
  /** The name of a connection whose packets vanish, and that nobody destroys. */
  readonly swallowed: string;
  readonly #swallowedFilter: string;
  #over = false;

  private constructor(
    clients: readonly Client[],
    wishes: readonly Wish[],
    drilled: Drilled,
    swallowed: Drilled,
  ) {
    this.#clients = clients;
    this.#wishes = wishes;
    this.#drilled = drilled;
    this.swallowed = swallowed.name;
    this.#swallowedFilter = swallowed.filter;
  }

  static async connect(agent: AgentProcess, ground: Ground): Promise<Load> {
    const clients: Client[] = [];
    for (let count = 0; count < 6; count++) clients.push(await agent.client());
    const [drilled = '', swallowed = '', ...names] = await ground.connect(2 + 2 * oneByOne + atOnce);
    const targets = await ground.targets(await agent.client(), names);
    const wishes = targets.map((target, at) => ({ name: names[at] ?? '', target }));
    const byCookie = (name: string) => ({ name, filter: `cookie:${ground.cookie(name)}` });
    return new Load(clients, wishes, byCookie(drilled), byCookie(swallowed));
  }

  /** `net`: the namespace that is watched. `remote`: the port that is held down. Resolves when what destroys is answered. */
  async run(net: number, remote: number): Promise<Answers> {
    const [one, two, three, lister, viewer, holder] = this.#clients as [
      Client,
      Client,
      Client,
      Client,
      Client,
      Client,
    ];
    const others = Promise.all([
      this.#list(lister),
      this.#watch(viewer, net),
      holdDown(holder, `remote:${remote}`).catch(caught),
      degrade(holder, this.#swallowedFilter, { how: { kind: 'half-open' } }).catch(caught),
    ]);
    const destroys = await Promise.all([
      this.#oneByOne(one, this.#wishes.slice(0, oneByOne)),
      this.#oneByOne(two, this.#wishes.slice(oneByOne, 2 * oneByOne)),
      destroy(three, this.#wishes.slice(2 * oneByOne)).then((told) => this.#count(told)),
      this.#drill(viewer).then((told) => this.#count(told)),
    ]);
    this.#over = true;
    return { destroys: destroys.flat(), errors: (await others).filter((answer) => answer instanceof Error) };
  }

  /** Resolves once so many destroys are answered, or were refused. */
  async answered(count: number): Promise<void> {
    while (this.#answered < count) await once(this.#answers, 'more');
  }

  #count(told: readonly Told[]): readonly Told[] {
    this.#answered += told.length;
    this.#answers.emit('more');
    return told;
  }

  /** The agent has hung up on each client. */
  async hungUp(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.closed()));
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  async #oneByOne(client: Client, wishes: readonly Wish[]): Promise<Told[]> {
    const told: Told[] = [];
    for (const [at, wish] of wishes.entries())
      told.push(...this.#count(await destroy(client, [wish], engines[at % engines.length])));
    return told;
  }

  /** Of a program that does not connect again. */
  async #drill(client: Client): Promise<Told[]> {
    const { name, filter } = this.#drilled;
    const round = {
      times: 1,
      everyMs: 1000,
      jitter: 0,
      waitMs: 300,
      end: 'local',
      oneOfPool: false,
    } as const;
    const result = await client.request(runDrill, { drill: 1, filter, ...round, hold: null }).catch(caught);
    if (result instanceof Error) return [{ name, answer: result }];
    const [{ destroyed, message } = { destroyed: 0, message: 'no round' }] = result.rounds;
    const outcome: Outcome = destroyed === 1 ? 'destroyed' : 'failed';
    return [{ name, answer: { outcome, message } }];
  }

  async #list(client: Client): Promise<Error | null> {
    while (!this.#over) {
      const answer = await listAll(client, '').catch(caught);
      if (answer instanceof Error) return answer;
    }
    return null;
  }

  #watch(client: Client, net: number): Promise<Error | null> {
    const filter = `net:${net}`;
    const workspace = { roots: [], folders: [] };
    const view = { view: 1, filter, show: 'everything', groupBy: 'process', workspace } as const;
    const opened = client.request(setView, { ...view, open: { [rootGroup]: 99 } });
    const watched = client.request(watchSockets, { filter });
    return Promise.all([opened, watched]).then(() => null, caught);
  }
}

async function destroy(
  client: Client,
  wishes: readonly Wish[],
  engine: EngineChoice = 'auto',
): Promise<Told[]> {
  const targets = wishes.map(({ target }) => target);
  const answer = await destroyTargets(client, { targets, engine }).catch(caught);
  return wishes.map(({ name }, at) => ({
    name,
    answer: answer instanceof Error ? answer : (answer[at] ?? new Error('It has no result')),
  }));
}
