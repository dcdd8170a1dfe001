/** First steps in the real workbench: the walkthrough, its pictures and buttons, and the step that a command completes. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Story } from '../helpers/story';
import type { Workbench } from '../helpers/workbench';

let workbench: Workbench;

const story = new Story(async () => {
  await story.open({ context: { viewport: { width: 1700, height: 900 } } });
  ({ workbench } = story);
});

const titles = ['See the sockets', 'Destroy a connection', 'Free a busy port', 'Does it reconnect?'];

const step = (title: string) => workbench.page.locator('.getting-started-step').filter({ hasText: title });

const isDone = (title: string) => step(title).locator('.codicon-getting-started-step-checked');

const picture = () => workbench.webview.locator('svg').first();

it('first steps', { timeout: 600_000 }, async (t) => {
  await t.test('the walkthrough has a step for each use, and a picture for each', () =>
    story.step('walkthrough', async () => {
      await workbench.openView('Sockscope');
      await workbench.row('Start Agent').waitFor();
      await workbench.runCommand('Sockscope: First Steps');
      await picture().waitFor();
      for (const theme of ['Light Modern', 'Dark Modern', 'Dark High Contrast']) {
        await workbench.chooseTheme(theme);
        for (const title of titles) {
          await step(title).click();
          await picture().waitFor();
          await workbench.screenshot(`first steps ${theme} ${titles.indexOf(title) + 1}`);
        }
      }
      assert.equal(await workbench.page.locator('.getting-started-step').count(), titles.length);
    }),
  );

  await t.test('the button of a step completes it, and no other', () =>
    story.step('completion', async () => {
      await step('See the sockets').click();
      await step('See the sockets').getByRole('button', { name: 'Show Sockets' }).click();
      await isDone('See the sockets').waitFor();
      assert.equal(await isDone('Free a busy port').count(), 0);
      await step('Free a busy port').click();
      await step('Free a busy port').getByRole('button', { name: 'Free Port' }).click();
      await workbench.page.locator('.quick-input-widget:has-text("Free Port")').waitFor();
      await workbench.page.keyboard.press('Escape');
      await isDone('Free a busy port').waitFor();
      await workbench.screenshot('first steps done');
      assert.equal(await isDone('Does it reconnect?').count(), 0);
    }),
  );
});
