/** Scripts in the place of programs, on the PATH of this process. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';

export interface ScriptsOnPath {
  readonly folder: string;
  /** Makes one, or another one of that name. */
  write(name: string, script: string): void;
}

/** For a suite: they are found before all others until it ends. */
export function scriptsOnPath(): ScriptsOnPath {
  const folder = mkdtempSync(join(tmpdir(), 'sockscope-scripts-'));
  const path = process.env.PATH;
  before(() => {
    process.env.PATH = `${folder}:${path}`;
  });
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    write: (name, script) => {
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
    },
  };
}
