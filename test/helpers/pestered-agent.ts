/** An agent that bad clients pester, and a connection that none of them may destroy. */

import assert from 'node:assert/strict';
import { agentStatus } from '../../agent/protocol';
import type { AgentProcess } from './agent-process';
import { connectAll, type Pair, type Place, places } from './pairs';
import { assertEchoes, type Puppet } from './puppet';
import type { Stage } from './stage';

const [ipv4] = places as [Place];

export class PesteredAgent {
  readonly #stage: Stage;
  readonly #server: Puppet;
  readonly #peer: Puppet;
  #agent: AgentProcess;

  private constructor(
    stage: Stage,
    agent: AgentProcess,
    readonly pair: Pair,
    [server, peer]: readonly [Puppet, Puppet],
  ) {
    this.#stage = stage;
    this.#agent = agent;
    this.#server = server;
    this.#peer = peer;
  }

  /** Ended with the stage. */
  static async start(stage: Stage): Promise<PesteredAgent> {
    const agent = await stage.agent();
    const [server, peer] = [await stage.puppet(), await stage.puppet()];
    const { pair } = (await connectAll(server, peer, ipv4, 'listener', ['pair'])).pairs;
    return new PesteredAgent(stage, agent, pair, [server, peer]);
  }

  get agent(): AgentProcess {
    return this.#agent;
  }

  /** Another one takes its place. */
  async restart(args: readonly string[]): Promise<void> {
    await this.#agent.stop();
    this.#agent = await this.#stage.agent(args);
  }

  /** The agent still answers, and nothing was destroyed. */
  async assertUnharmed(): Promise<void> {
    const client = await this.#agent.client();
    assert.equal((await client.request(agentStatus, {})).pid, this.#agent.pid);
    client.close();
    await assertEchoes([this.#peer, 'pair'], [this.#server, 'pair']);
  }
}
