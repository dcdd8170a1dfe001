/** The system's Chromium, headless: no browser is downloaded. */

import { Failure, which } from '../lib/run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const findBrowser = () => names.map(which).find(Boolean);

export async function launchBrowser() {
  const executablePath = findBrowser();
  if (!executablePath)
    throw new Failure(`None of ${names.join(', ')} was found. Install Chromium, then try again.`);
  const { chromium } = await import('playwright-core');
  const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : []; // Chromium's sandbox refuses root
  const quiet = [
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args: [...sandbox, ...quiet, '--disable-gpu', '--no-first-run'] });
}
