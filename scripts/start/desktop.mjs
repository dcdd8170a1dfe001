/** The desktop VS Code, with a profile of its own, so that the user's own settings and extensions stay as they are. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, vsix } from '../lib/paths.mjs';
import { Mark } from '../lib/processes.mjs';
import { run, step } from '../lib/run.mjs';
import { demoSettings } from './demo.mjs';

const folder = join(build, 'vscode-desktop-profile');

export async function openDesktop(code, demo) {
  const profile = ['--user-data-dir', join(folder, 'data'), '--extensions-dir', join(folder, 'extensions')];
  const user = join(folder, 'data', 'User');
  mkdirSync(user, { recursive: true });
  writeFileSync(join(user, 'settings.json'), JSON.stringify(demoSettings, null, 2));
  await step('Install the extension', () => run(code, [...profile, '--install-extension', vsix, '--force']));
  const mark = new Mark();
  const env = { ...process.env, ...mark.environment };
  const child = spawn(code, [...profile, '--new-window', '--wait', demo], {
    env,
    stdio: 'inherit',
    detached: true,
  });
  console.log('\nVS Code opens with Sockscope installed, in a profile of its own.');
  return { exited: once(child, 'exit'), stop: () => mark.end() };
}
