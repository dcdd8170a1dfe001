/** The demo folder: a copy, so that the user's changes do not reach this checkout. */

import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../lib/paths.mjs';
import { freePort } from '../lib/processes.mjs';

const template = fileURLToPath(new URL('../demo', import.meta.url));

/** The port that the template names. */
const templatePort = 3000;

async function firstFreePort() {
  for (let port = templatePort; port < templatePort + 100; port++) {
    if ((await freePort(port)) !== undefined) return port;
  }
  return freePort();
}

/** Copies the folder, with a port that is free; resolves with its path. */
export async function createDemo() {
  const folder = join(build, 'demo');
  const port = await firstFreePort();
  rmSync(folder, { recursive: true, force: true });
  cpSync(template, folder, { recursive: true });
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = join(folder, name);
    if (!statSync(file).isFile()) continue;
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(String(templatePort), String(port)));
  }
  return folder;
}

/** Settings that start the two programs of the demo when the folder opens. */
export const demoSettings = {
  'task.allowAutomaticTasks': 'on',
  'workbench.startupEditor': 'readme',
  'security.workspace.trust.enabled': false,
};
