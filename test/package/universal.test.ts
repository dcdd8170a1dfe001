/** The extension for all other systems, in the real workbench: the view and every command say where Sockscope works. */

import assert from 'node:assert/strict';
import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { endAll, makeStep } from '../helpers/story';
import { copyServerFor, launchBrowser, type VSCodeServer } from '../helpers/vscode-server';
import { Workbench } from '../helpers/workbench';
import { vsixOf } from './packages';

const where = 'on Linux, x64 or arm64, with glibc 2.28 or newer';

describe('the extension for all other systems', {
  skip: process.getuid?.() !== 0 && 'it makes a user',
}, () => {
  let user: PlainUser;
  let vscode: VSCodeServer;
  let browser: Browser;
  let workbench: Workbench;
  before(async () => {
    user = createPlainUser();
    vscode = await copyServerFor(user);
    const vsix = join(user.home, 'sockscope.vsix');
    cpSync(vsixOf(), vsix);
    chmodSync(vsix, 0o644);
    vscode.installExtension(vsix);
    browser = await launchBrowser();
  });
  after(() => endAll([() => browser?.close(), () => vscode?.stop(), () => user?.remove()]));

  const step = makeStep(() => ({ user, workbench }));

  it('explains itself, and nothing else', { timeout: 360_000 }, () =>
    step('universal', async () => {
      workbench = new Workbench(await browser.newPage({ viewport: { width: 1000, height: 700 } }));
      await workbench.open(await vscode.start(), user.home);
      await workbench.openView('Sockscope');
      await workbench.page.locator('.welcome-view-content').filter({ hasText: where }).waitFor();
      await workbench.runCommand('Sockscope: Destroy Next Connection...');
      await workbench
        .toast(new RegExp(`^Sockscope works where VS Code runs its extensions ${where}`))
        .waitFor();
      await workbench.screenshot('universal');
      assert.equal(await workbench.row('').count(), 0);
    }),
  );
});
