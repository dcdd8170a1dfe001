/**
 * The installed copy of the agent in the real workbench, as a plain user whose sudo asks for a password: it is offered, installed and used
 * from then on; where it does not fit, nothing else is started unless that is chosen.
 */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { copyManifest, installFolder, launcher } from '../../agent/common/installed-files';
import { Story } from '../helpers/story';
import { extensionHostOf } from '../helpers/vscode-server';
import type { Workbench } from '../helpers/workbench';

/** Nothing is installed there, and nothing stays. */
const ownLocal = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs -o mode=755 tmpfs /usr/local && mkdir /usr/local/lib /usr/local/sbin && exec "$@"',
  'sh',
];

let workbench: Workbench;

const story = new Story(async () => {
  await story.open({ around: { through: ownLocal } });
  ({ workbench } = story);
  await workbench.openView('Sockscope');
});

/** Where this process finds a file of the copy. */
const installed = (name: string) => join(`/proc/${extensionHostOf(story.user)}/root`, installFolder, name);

async function stopAgent(): Promise<void> {
  await workbench.runCommand('Sockscope: Stop Agent');
  await workbench.toast('The agent was stopped.').waitFor();
  await workbench.terminalsClose();
  await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.row('Start Agent').waitFor();
}

const ownCommand = new RegExp(`sudo -- ${join(installFolder, launcher)} agent serve`);

it('the installed copy', { timeout: 600_000 }, async (t) => {
  await t.test('is offered after a start from files that the user can write', () =>
    story.step('offer', async () => {
      await workbench.row('Start Agent').waitFor();
      await workbench.enterTopRow();
      await story.enterPassword();
      await story.agentRuns();
      await workbench
        .toast(/^sudo has started the agent from files that a program of yours could change\./)
        .waitFor();
      await workbench.screenshot('installed 1 offer light');
      await workbench.acceptToast();
      assert.match(
        await story.question(),
        /sudo then never runs a file that a program of yours could have changed/,
      );
      await workbench.screenshot('installed 2 question light');
      await workbench.answer('Cancel');
      assert.equal(existsSync(installed('')), false);
    }),
  );

  await t.test(
    'is installed from the palette, with the command shown, and the agent is restarted from it',
    () =>
      story.step('install', async () => {
        await workbench.chooseTheme('Dark Modern');
        await workbench.runCommand('Sockscope: Install Root-Owned Agent...');
        assert.match(
          await story.question(),
          /sudo -- env ELECTRON_RUN_AS_NODE=1 \S+ \S+\/dist\/sockscope\.js agent install/,
        );
        await workbench.screenshot('installed 3 question dark');
        await workbench.page.keyboard.press('Enter');
        await story.enterPassword();
        await workbench
          .toast(`Installed in ${installFolder}. sudo starts the agent from there from now on.`)
          .waitFor();
        await workbench.focusedView.waitFor();
        await workbench.screenshot('installed 4 done dark');
        await workbench.acceptToast();
        await workbench.terminalShows(ownCommand);
        await story.enterPassword();
        await story.agentRuns();
        assert.deepEqual(await workbench.toast('').allTextContents(), []);
        await stopAgent();
      }),
  );

  await t.test('of another protocol number is updated after a question, which starts nothing by itself', () =>
    story.step('update', async () => {
      const manifest = JSON.parse(readFileSync(installed(copyManifest), 'utf8'));
      writeFileSync(installed(copyManifest), JSON.stringify({ ...manifest, version: '0.0.1', protocol: 1 }));
      await workbench.enterTopRow();
      const said = await story.question();
      assert.match(said, /The installed copy is version 0\.0\.1 \(protocol 1\), and this is version/);
      assert.match(
        said,
        /sockscope\.js agent install\s*sudo -- \/usr\/local\/lib\/sockscope\/bin\/sockscope agent serve/,
      );
      await workbench.screenshot('installed 5 update dark');
      await workbench.page.keyboard.press('Escape');
      await workbench.dialog.waitFor({ state: 'hidden' });
      assert.deepEqual(await workbench.toast('').allTextContents(), []);
      await workbench.enterTopRow();
      await story.question();
      await workbench.answer('Update and Start');
      await story.enterPassword();
      await story.agentRuns();
      assert.equal(JSON.parse(readFileSync(installed(copyManifest), 'utf8')).version, manifest.version);
      await stopAgent();
    }),
  );

  await t.test(
    'that others can change is not started; files of the extension only where that is chosen',
    () =>
      story.step('unsound', async () => {
        await workbench.chooseTheme('Light Modern');
        chmodSync(installed('agent.js'), 0o666);
        await workbench.enterTopRow();
        assert.match(
          await story.question(),
          /The installed copy may have been altered: .*agent\.js can be written by others/,
        );
        await workbench.screenshot('installed 6 altered light');
        await workbench.answer('Start Writable Copy');
        await workbench.terminalShows(/dist\/agent\.js serve\s*\[sudo\] password[^:]*: *$/);
        await workbench.interruptTerminal();
        await workbench.toast('The agent was not started: its terminal was closed.').waitFor();
      }),
  );
});
