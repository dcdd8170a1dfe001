/** pm2, which Debian does not have: from npm, once, for guests alone. */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from '../../lib/npm.mjs';
import { qemuFolder } from '../apt.mjs';

const version = '7.0.4';

/** Resolves with the folder in which it is installed. None of its scripts are run. */
export async function fetchPm2() {
  const folder = join(qemuFolder, `pm2-${version}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  await npm(['install', '--prefix', partial, ...options, `pm2@${version}`]);
  renameSync(partial, folder);
  return folder;
}
