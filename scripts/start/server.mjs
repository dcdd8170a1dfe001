/** VS Code Server, at an address with a token. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, vsix } from '../lib/paths.mjs';
import { step } from '../lib/run.mjs';
import { installServer } from '../vscode-server/install.mjs';
import { VSCodeServer } from '../vscode-server/launch.mjs';
import { demoSettings } from './demo.mjs';

const folder = join(build, 'start');

/** In a file that only this user can read: all users can read command lines. */
function createToken() {
  const token = randomBytes(16).toString('hex');
  const file = join(folder, 'token');
  rmSync(file, { force: true });
  writeFileSync(file, token, { mode: 0o600 });
  return { token, file };
}

export async function openServer(port, demo) {
  await installServer();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const server = new VSCodeServer({ dataFolder: join(folder, 'data'), settings: demoSettings });
  await step('Install the extension', () => server.installExtension(vsix));
  const { token, file } = createToken();
  await step('Start VS Code Server', () => server.start({ port, args: ['--connection-token-file', file] }));
  console.log(
    `\nOpen VS Code with Sockscope at:\n\n    http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURI(demo)}\n`,
  );
  return server;
}
