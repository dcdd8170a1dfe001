/** What the container runtimes of this user call their containers: only they know, and only a client may ask them. */

import { spawn } from 'node:child_process';

export interface NamedContainer {
  /** As in the cgroup's path. */
  readonly id: string;
  /** Untrusted text. */
  readonly name: string;
}

/** Docker's command line may be podman's under another name; then both answer the same. */
const runtimes = ['podman', 'docker'];

/** Milliseconds: a runtime whose daemon hangs must not hold up what is shown. */
const deadlineMs = 2000;
/** Milliseconds that output may take to arrive after the end. */
const drainMs = 200;
/** Characters of one runtime's answer: some thousand containers. */
const mostOutput = 1_000_000;

/** Asks podman and docker as this user; empty where there are none, or none answers in two seconds. Never rejects. */
export async function containerNames(): Promise<readonly NamedContainer[]> {
  const answers = await Promise.all(runtimes.map(ask));
  const named = answers.flatMap((answer) => answer.split('\n')).flatMap(toNamed);
  return [...new Map(named.map((container) => [container.id, container])).values()];
}

/** What it prints; empty where it is not there, fails, or takes too long. */
function ask(runtime: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(runtime, ['ps', '--all', '--no-trunc', '--format', '{{.ID}}\t{{.Names}}'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (printed.length <= mostOutput) printed += text;
      else child.kill('SIGKILL');
    });
    const finish = (code: number | null) => {
      child.stdout.destroy();
      resolve(code === 0 ? printed : '');
    };
    child.on('error', () => resolve(''));
    child.on('close', finish);
    // What outlives the runtime may hold the pipe open for ever.
    child.on('exit', (code) => setTimeout(finish, drainMs, code));
  });
}

/** A container of several names is called by its first. */
function toNamed(line: string): NamedContainer[] {
  const [, id, name] = /^([0-9a-f]{12,64})\t([^,]{1,256})/.exec(line) ?? [];
  return id && name ? [{ id, name }] : [];
}
