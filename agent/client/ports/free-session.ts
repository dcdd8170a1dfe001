/** What the steps of freeing one port share: who is asked, and what was done. */

import { statSync } from 'node:fs';
import { type BindTrial, bindPort, type PortParams } from '../../protocol';
import type { Requester } from '../requester';
import { type KnownPort, lookAtPort } from './explain-port';
import type { Plan } from './free-plan';
import type { DoneStep, FreeOptions, Person } from './free-types';

/** Milliseconds between looks; a parameter for tests only. */
export interface Pace {
  /** At whether a process has ended. */
  readonly lifeMs: number;
  /** At whether somebody holds the port again. */
  readonly holderMs: number;
  /** How long that is watched. */
  readonly watchMs: number;
}

export const usualPace: Pace = { lifeMs: 50, holderMs: 250, watchMs: 3000 };

export class Scene {
  /** An agent from the moment that one is had. */
  requester: Requester;
  plan: Plan | null = null;
  readonly done: DoneStep[] = [];
  /** The agent has a namespace of its own, so that what null means to the first requester is told by number from then on. */
  #params: PortParams;
  #refused = false;

  constructor(
    requester: Requester,
    readonly options: FreeOptions,
    readonly person: Person,
    readonly pace: Pace,
  ) {
    this.requester = requester;
    this.#params = { port: options.port, protocol: options.protocol, netns: options.netns };
  }

  async look(): Promise<KnownPort> {
    return lookAtPort(this.requester, this.#params, (pids) => this.person.supervisorOf(pids));
  }

  async bind(): Promise<readonly BindTrial[]> {
    return (await this.requester.request(bindPort, this.#params)).binds;
  }

  /** What frees the port once more; a terminal is in the network namespace of this process. */
  get command(): string {
    const { port, protocol, netns } = this.#params;
    const elsewhere = netns !== null && netns !== statSync('/proc/self/ns/net').ino;
    return `sockscope free ${port}${protocol === 'udp' ? ' --udp' : ''}${elsewhere ? ` --net ${netns}` : ''}`;
  }

  get hasAgent(): boolean {
    return this.requester.info.mode !== 'observer';
  }

  /** Asks for the agent at most once; one that is read-only is of no use. `netns`: where the port is. */
  async askForAgent(netns: number): Promise<boolean> {
    if (this.hasAgent) return true;
    if (this.#refused) return false;
    const agent = await this.person.agent();
    this.#refused = agent === null || agent.info.readOnly;
    if (!agent || agent.info.readOnly) return false;
    this.requester = agent;
    this.#params = { ...this.#params, netns };
    return true;
  }
}
