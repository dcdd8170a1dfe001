/** Shared by the stories of test/e2e: steps that build on each other, and cleaning up. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataFolderOf, serverFolderOf, type User } from './vscode-server';
import type { Workbench } from './workbench';

export type Step = (name: string, work: () => Promise<void>) => Promise<void>;

/** On a failure, saves a screenshot and the logs; the steps after it fail at once. */
export function makeStep(context: () => { readonly user: User; readonly workbench: Workbench }): Step {
  let failed = false;
  return async (name, work) => {
    assert.equal(failed, false, 'an earlier step failed');
    try {
      await work();
    } catch (error) {
      failed = true;
      const { user, workbench } = context();
      await workbench.screenshot(`failed ${name}`);
      const logs = join(dataFolderOf(user), 'data', 'logs');
      cpSync(logs, resolve('build', 'test-results', 'e2e-logs'), { recursive: true });
      throw error;
    }
  };
}

/** The agent of the story's user, if one runs: through the command line that came with the extension. */
export function stopAgentOf(user: User): void {
  if (!existsSync(`/run/sockscope/${user.uid}/agent.sock`)) return;
  const extensions = join(dataFolderOf(user), 'extensions');
  const [folder = ''] = readdirSync(extensions).filter((name) => name.startsWith('sockscope.'));
  const command = join(extensions, folder, 'dist', 'sockscope.js');
  const node = join(serverFolderOf(user), 'node');
  const env = { PATH: process.env.PATH, HOME: user.home };
  execFileSync('runuser', ['-u', user.name, '--', node, command, 'agent', 'stop'], { env });
}

/** Runs every part, also after a failure; throws the first failure at the end. */
export async function endAll(parts: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
