/** What the container runtimes of this user call their containers: only they know, and only a client may ask them. */

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

/** Asks podman and docker as this user; empty where there are none, or none answers in two seconds. Never rejects. */
export async function containerNames(): Promise<readonly NamedContainer[]> {
  const answers = await Promise.all(
    runtimes.map((runtime) =>
      runProgram(runtime, ['ps', '--all', '--no-trunc', '--format', '{{.ID}}\t{{.Names}}']),
    ),
  );
  const named = answers.flatMap(({ printed }) => printed.split('\n')).flatMap((line) => toNamed(line) ?? []);
  return [...new Map(named.map((container) => [container.id, container])).values()];
}

/** `ID<tab>NAMES`, and what follows those; a container of several names is called by its first. Null: something else. */
export function toNamed(line: string): NamedContainer | null {
  const [, id, name] = /^([0-9a-f]{12,64})\t([^,\t]{1,256})/.exec(line) ?? [];
  return id && name ? { id, name } : null;
}
