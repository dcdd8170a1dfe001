/** Who frees a port of a scripted agent, and what comes of it. */

import assert from 'node:assert/strict';
import { freePort } from '../../agent/client/ports/free-port';
import type {
  FreeOptions,
  FreePlan,
  FreePrompts,
  FreeReport,
  Supervisor,
} from '../../agent/client/ports/free-types';
import type { AgentInfo, Owner, PortHolder } from '../../agent/protocol';
import { holder, PortWorld } from './port-world';
import { owner } from './sockets';

export const node = owner('node', 42);
export const options: FreeOptions = {
  port: 3000,
  protocol: 'tcp',
  netns: null,
  signal: 'TERM',
  graceMs: 20,
  takeOver: false,
};
export const pace = { lifeMs: 5, holderMs: 5, watchMs: 20, parentWatchMs: 40 };

/** Answers yes to the plan and no to everything else, unless configured otherwise. */
export class Agreeing implements FreePrompts {
  readonly plans: FreePlan[] = [];
  readonly offered: number[] = [];
  agentsAsked = 0;
  answers = { confirm: true, kill: false };
  had: PortWorld | null = null;
  supervisor: Supervisor | null = null;

  async confirm(plan: FreePlan): Promise<boolean> {
    this.plans.push(plan);
    return this.answers.confirm;
  }

  async offerKill({ pid }: Owner): Promise<boolean> {
    this.offered.push(pid);
    return this.answers.kill;
  }

  async agent(): Promise<PortWorld | null> {
    this.agentsAsked++;
    return this.had;
  }

  supervisorOf(): Supervisor | null {
    return this.supervisor;
  }
}

export function free(
  world: PortWorld,
  person: FreePrompts = new Agreeing(),
  more: Partial<FreeOptions> = {},
): Promise<FreeReport> {
  return freePort(world, { ...options, ...more }, person, pace);
}

/** A listener whose first owner has started the other owners. */
export function sharing(
  owners: readonly [Owner, ...Owner[]],
  info: Partial<AgentInfo> = {},
  others: readonly PortHolder[] = [],
): PortWorld {
  const world = new PortWorld([holder('listener', owners), ...others], info);
  const [{ pid, startTime, name }, ...started] = owners;
  for (const one of started) world.parents.set(one.pid, [{ pid, startTime, name, command: name, uid: 1000 }]);
  return world;
}

/** The confirmed steps name these processes. */
export function assertNamed({ plans }: Agreeing, pids: readonly number[]): void {
  const whats = plans.flatMap(({ steps }) => steps.map(({ what }) => what)).join('\n');
  for (const pid of pids) assert.match(whats, new RegExp(`\\(pid ${pid}\\)`));
  assert.doesNotMatch(whats, /\bmore\b/);
}

export const outcomes = ({ steps }: FreeReport) => steps.map(({ act, outcome }) => `${act} ${outcome}`);
export const asObserver = { mode: 'observer', engines: [] } as const;
