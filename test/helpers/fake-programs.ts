/** Stands in for container runtimes and process managers, which cannot run here: notes how it is called, and prints what a test says. */

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage';

export class FakePrograms {
  readonly #folder: string;
  readonly #log: string;

  constructor(stage: Stage) {
    this.#folder = join(stage.folder, 'fakes');
    this.#log = join(this.#folder, 'log');
    mkdirSync(this.#folder);
    this.reset();
  }

  /** Finds them before all others. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: `${this.#folder}:${process.env.PATH}` };
  }

  /** Each fails from now on, and nothing is noted. */
  reset(): void {
    rmSync(this.#log, { force: true });
    writeFileSync(this.#log, '');
    chmodSync(this.#log, 0o666);
    for (const name of ['docker', 'podman', 'pm2', 'supervisorctl', 'systemctl']) this.answer(name, {});
  }

  /** `answers`: standard output by the first argument; it fails with any other. */
  answer(name: string, answers: Readonly<Record<string, string>>): void {
    const cases = Object.entries(answers).map(([word, text]) => `${word}) printf '%b' '${text}\\n' ;;`);
    const script = [
      '#!/bin/sh',
      `echo "${name} $*" >> ${this.#log}`,
      'case "$1" in',
      ...cases,
      '*) exit 1 ;;',
    ];
    const path = join(this.#folder, name);
    writeFileSync(path, [...script, 'esac', ''].join('\n'));
    chmodSync(path, 0o755);
  }

  /** Each call with its arguments, of those that begin with one of these. */
  calls(...beginnings: readonly string[]): string[] {
    const lines = readFileSync(this.#log, 'utf8').split('\n');
    return lines.filter((line) => beginnings.some((beginning) => line.startsWith(beginning)));
  }
}
