/** Runs a mocha bundle inside the extension host of a VS Code Server, with the workbench in a headless Chromium. */

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { format } from 'node:util';
import { root } from '../lib/paths.mjs';
import { launchBrowser } from './browser.mjs';
import { VSCodeServer } from './launch.mjs';

function address(port, testsPath) {
  const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(root)],
    ['extensionTestsPath', remote(testsPath)],
  ]);
  return `http://127.0.0.1:${port}/?${new URLSearchParams({ ew: 'true', payload })}`;
}

/** Writes everything to the log file, and shows mocha's lines, which test/extension/index.ts marks. */
function show(parts, logFile) {
  const text = format(...parts);
  appendFileSync(logFile, `${text}\n`);
  if (text.startsWith('[mocha]')) console.log(text.slice('[mocha] '.length));
}

/** Resolves with the exit code of the extension host: 0 if `run` of the bundle resolved. */
async function runInPage(browser, url, { timeout, logFile }) {
  const page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
  await page.exposeFunction('codeAutomationLog', (_type, parts) => show(parts, logFile));
  const exited = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
  await page.goto(url, { timeout });
  const over = new AbortController();
  const timedOut = sleep(timeout, 124, { signal: over.signal });
  timedOut.catch(() => {}); // it has ended in time
  const code = await Promise.race([exited, timedOut]);
  over.abort();
  if (code === 124) console.error(`The extension host did not end within ${timeout / 1000} s.`);
  return code;
}

export async function runInHost({ testsPath, environment, timeout, logFile }) {
  writeFileSync(logFile, '');
  const dataFolder = mkdtempSync(join(tmpdir(), 'sockscope-host-'));
  const server = new VSCodeServer({ dataFolder, environment });
  let browser;
  try {
    const port = await server.start({ args: ['--without-connection-token', '--enable-smoke-test-driver'] });
    browser = await launchBrowser();
    return await runInPage(browser, address(port, testsPath), { timeout, logFile });
  } finally {
    await browser?.close();
    await server.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}
