/** Names of containers, which only their runtimes know: a client asks those as its user, and sends the names to the agent. */

import { limits, nameContainers } from '../protocol';
import { type HeldProgram, holdProgram } from './held-program';
import type { Requester } from './requester';
import { type ProgramResult, runProgram } from './run-program';

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

/** Asks podman and docker as this user. Never rejects. */
export type AskRuntimes = () => Promise<readonly ProgramResult[]>;

const askRuntimes: AskRuntimes = () =>
  Promise.all(runtimes.map((runtime) => runProgram(runtime, allContainers)));

/** For a process that may soon start no programs any more. */
export class HeldRuntimes {
  readonly #held: readonly HeldProgram[] = runtimes.flatMap(
    (runtime) => holdProgram(runtime, allContainers) ?? [],
  );
  #answers: Promise<readonly ProgramResult[]> | null = null;

  /** They are asked once; later it has the same answers. */
  readonly ask: AskRuntimes = () => {
    this.#answers ??= Promise.all(this.#held.map((program) => program.run()));
    return this.#answers;
  };

  /** If they were not asked, they will not be. */
  release(): void {
    if (!this.#answers) for (const program of this.#held) program.release();
  }
}

/** Empty where there are no runtimes, or none answers in two seconds. Never rejects. */
async function containerNames(ask: AskRuntimes): Promise<readonly NamedContainer[]> {
  const answers = await ask();
  const named = answers.flatMap(({ stdout }) => stdout.split('\n')).flatMap((line) => toNamed(line) ?? []);
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
