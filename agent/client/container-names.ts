/** Names of containers, which only their runtimes know: a client asks those as its user, and sends the names to the agent. */

import type { HoldShell } from '../common/in-process';
import { limits, nameContainers } from '../protocol';
import { HeldPrograms } from './held-programs';
import type { Requester } from './requester';
import { runProgram } from './run-program';

export interface NamedContainer {
  /** As in the cgroup's path. */
  readonly id: string;
  /** Untrusted text. */
  readonly name: string;
}

/** Docker's command line may be podman's under another name; then both answer the same. */
export const runtimes = ['podman', 'docker'] as const;
export type Runtime = (typeof runtimes)[number];

const allContainers = ['ps', '--all', '--no-trunc', '--format', '{{.ID}}\t{{.Names}}'];

/** What podman and docker print, asked as this user. Never rejects. */
export type AskRuntimes = () => Promise<string>;

const askRuntimes: AskRuntimes = async () => {
  const answers = await Promise.all(runtimes.map((runtime) => runProgram(runtime, allContainers)));
  return answers.map(({ stdout }) => stdout).join('\n');
};

/** For a process that may soon start no programs any more. */
export function holdRuntimes(holdShell: HoldShell): HeldPrograms {
  return new HeldPrograms(holdShell, runtimes, allContainers);
}

/** Empty where there are no runtimes, or none answers in two seconds. Never rejects. */
async function containerNames(ask: AskRuntimes): Promise<readonly NamedContainer[]> {
  const lines = (await ask()).split('\n');
  const named = lines.flatMap((line) => toNamed(line) ?? []);
  return [...new Map(named.map((container) => [container.id, container])).values()];
}

/**
 * Sends the names to the agent, which may not ask the runtimes itself. Resolves with what was sent: at most limits.containers,
 * none where no runtime answers. Rejects as requests do.
 */
export async function sendContainerNames(
  requester: Requester,
  ask = askRuntimes,
): Promise<readonly NamedContainer[]> {
  const containers = (await containerNames(ask)).slice(0, limits.containers);
  if (containers.length > 0) await requester.request(nameContainers, { containers });
  return containers;
}

/** Parses `ID<tab>NAMES` and whatever follows; of several names the first counts. Null: another kind of line. */
export function toNamed(line: string): NamedContainer | null {
  const [, id, name] = /^([0-9a-f]{12,64})\t([^,\t]{1,256})/.exec(line) ?? [];
  return id && name ? { id, name } : null;
}
