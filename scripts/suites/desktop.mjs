/** Runs the in-host suite in a desktop VS Code, where one can be downloaded and shown. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, root } from '../lib/paths.mjs';
import { which } from '../lib/run.mjs';
import { readResults, resultsFile, skippedSuite } from './results.mjs';

async function download() {
  const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  return downloadAndUnzipVSCode({ version: 'stable', cachePath: join(build, 'vscode-desktop') });
}

async function runTests(vscodeExecutablePath, extensionTestsPath) {
  const { runTests: run } = await import('@vscode/test-electron');
  const results = resultsFile('desktop');
  const userData = mkdtempSync(join(tmpdir(), 'sockscope-desktop-'));
  const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
  try {
    const code = await run({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath,
      extensionTestsEnv: { SOCKSCOPE_TEST_RESULTS: results },
      launchArgs: [
        '--user-data-dir',
        userData,
        '--disable-extensions',
        '--disable-workspace-trust',
        ...asRoot,
      ],
    }).catch(() => 1);
    return readResults(results, code);
  } finally {
    rmSync(userData, { recursive: true, force: true });
  }
}

export async function runOnDesktop(testsPath) {
  let executable;
  try {
    executable = await download();
  } catch (error) {
    return skippedSuite('desktop', `no desktop VS Code can be downloaded here (${error.message})`);
  }
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    const hint = which('xvfb-run') ? '; run it under xvfb-run' : '';
    return skippedSuite('desktop', `there is no display${hint}`);
  }
  return runTests(executable, testsPath);
}
