/** State that the steps of freeing one port share. */

import { type BindTrial, bindPort, type PortParams } from '../../protocol';
import type { Requester } from '../requester';
import { inspectPort, type PortDetail } from './explain-port';
import { freeCommand } from './free-command';
import type { DoneStep, FreeOptions, FreePrompts, NextStep } from './free-types';

/** A parameter for tests only. */
export interface PollIntervals {
  /** Between two checks whether a process has ended. */
  readonly lifeMs: number;
  /** Between two checks whether the port has a holder again. */
  readonly holderMs: number;
  /** Duration of the watch for a new holder: most supervisors start a server again sooner. */
  readonly watchMs: number;
  /** Likewise where the program that had started the server lives on: loops often wait some seconds. */
  readonly parentWatchMs: number;
}

export const usualIntervals: PollIntervals = {
  lifeMs: 50,
  holderMs: 250,
  watchMs: 3000,
  parentWatchMs: 10_000,
};

export class FreeSession {
  /** At first maybe an observer; the agent as soon as there is one. */
  requester: Requester;
  readonly options: FreeOptions;
  readonly prompts: FreePrompts;
  readonly intervals: PollIntervals;
  readonly done: DoneStep[] = [];
  /** What helps a step that failed. */
  readonly next: NextStep[] = [];
  /** A process that no signal ends: no other command helps. */
  isStuck = false;
  isDeclined = false;
  #params: PortParams;
  #refused = false;

  constructor(requester: Requester, options: FreeOptions, prompts: FreePrompts, intervals: PollIntervals) {
    this.requester = requester;
    this.options = options;
    this.prompts = prompts;
    this.intervals = intervals;
    const { port, protocol, netns, addresses = [] } = options;
    this.#params = { port, protocol, netns, addresses };
  }

  inspect(): Promise<PortDetail> {
    return inspectPort(this.requester, this.#params, (pids) => this.prompts.supervisorOf(pids));
  }

  async bind(): Promise<readonly BindTrial[]> {
    return (await this.requester.request(bindPort, this.#params)).binds;
  }

  /** The command that frees the same port. */
  get command(): string {
    return freeCommand(this.#params);
  }

  get hasAgent(): boolean {
    return this.requester.info.mode !== 'observer';
  }

  /**
   * Asks for the agent at most once; a read-only one is refused. `netns`: where the port is; it is sent by number from then on,
   * because null would mean the agent's own network namespace.
   */
  async askForAgent(netns: number): Promise<boolean> {
    if (this.hasAgent) return true;
    if (this.#refused) return false;
    const agent = await this.prompts.agent();
    this.#refused = agent === null || agent.info.readOnly;
    if (!agent || agent.info.readOnly) return false;
    this.requester = agent;
    this.#params = { ...this.#params, netns };
    return true;
  }
}
