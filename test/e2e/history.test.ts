/**
 * One story in the real workbench, as a plain user whose sudo asks for a password: who talked to a port, and why it failed, with a
 * time axis and rows that the keyboard reaches, in each kind of theme and in 300 pixels.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';
import type { Workbench } from '../helpers/workbench';

let workbench: Workbench;
let server: StoryProgram;
let visitor: StoryProgram;
let port: number;

const story = new Story(async () => {
  server = story.run('echo-server.mjs');
  port = (await server.waitFor(({ port }) => port !== undefined)).port as number;
  await story.open();
  workbench = story.workbench;
});

const group = () => workbench.row(`process id ${server.pid}, has`);
const row = (text: string | RegExp) => workbench.webview.locator('.row', { hasText: text });

it('who talked to a port', { timeout: 600_000 }, async (t) => {
  await t.test('from the menu of a row; the agent is started from the page', () =>
    story.step('start', async () => {
      await workbench.openView('Sockscope');
      await group().waitFor();
      await workbench.expand(group());
      const listener = workbench.row(`127.0.0.1:${port}, state listen`);
      await listener.waitFor();
      await (await workbench.openMenu(listener, 'Who Talked to This?')).click();
      const page = workbench.webview;
      await page.locator('#status', { hasText: 'The agent keeps the history, and none runs' }).waitFor();
      await workbench.screenshot('history 1 no agent');
      await page.locator('#start').click();
      await story.enterPassword();
      await page.locator('#status', { hasText: 'nothing is missing' }).waitFor();
      assert.match(
        await page.locator('#filter').inputValue(),
        new RegExp(`^addr:127\\.0\\.0\\.1:${port} net:\\d+$`),
      );
      await workbench.runCommand('Notifications: Clear All Notifications');
      // Last: the page then takes the focus, and would close the palette.
      await workbench.runCommand('View: Hide Panel');
    }),
  );

  await t.test('what connects is in it, with both processes in one row', () =>
    story.step('rows', async () => {
      visitor = story.run('visitor.mjs', String(port));
      await visitor.waitFor({ answered: 4 });
      await row(
        new RegExp(`ended.*node \\(${visitor.pid}\\).*→ 127\\.0\\.0\\.1:${port}.*node \\(${server.pid}\\)`),
      )
        .first()
        .waitFor();
      assert.equal(await row(' ← ').count(), 0);
      assert.equal(await row('failed').count(), 0, 'the other port is filtered out');
    }),
  );

  await t.test('a filter that is wrong says so; without one, failures are in it', () =>
    story.step('filter', async () => {
      const page = workbench.webview;
      await page.locator('#filter').fill('prt:1');
      await page.locator('#mistake', { hasText: 'prt:' }).waitFor();
      await workbench.screenshot('history 2 mistake');
      await page.locator('#filter').fill(`pid:${visitor.pid}`);
      await row('refused (ECONNREFUSED)').first().waitFor();
      await page.locator('#failed').check();
      await row('ended').first().waitFor({ state: 'detached' });
      await page.locator('#failed').uncheck();
      await row('ended').first().waitFor();
    }),
  );

  await t.test('the filter of a port replaces what was typed and checked', () =>
    story.step('replaced', async () => {
      const page = workbench.webview;
      await page.locator('#failed').check();
      await row('ended').first().waitFor({ state: 'detached' });
      await page.locator('#filter').fill('nothing has this');
      await page.locator('#count', { hasText: 'None so far.' }).waitFor();
      const listener = workbench.row(`127.0.0.1:${port}, state listen`);
      await (await workbench.openMenu(listener, 'Who Talked to This?')).click();
      await row('ended').first().waitFor();
      assert.match(await page.locator('#filter').inputValue(), /^addr:/);
      assert.equal(await page.locator('#failed').isChecked(), false);
      await page.locator('#filter').fill(`pid:${visitor.pid}`);
      await row('refused (ECONNREFUSED)').first().waitFor();
    }),
  );

  await t.test('rows are reached by keyboard', () =>
    story.step('keyboard', async () => {
      const page = workbench.webview;
      visitor.stop();
      await page.locator('#failed').focus();
      for (const key of ['Tab', 'Tab']) await workbench.page.keyboard.press(key);
      assert.equal(await page.locator(':focus').getAttribute('id'), 'rows');
      const active = async () => page.locator('#rows').getAttribute('aria-activedescendant');
      await workbench.page.keyboard.press('Home');
      const first = await active();
      await workbench.page.keyboard.press('ArrowDown');
      assert.notEqual(await active(), first);
      await workbench.page.keyboard.press('End');
      assert.equal(await page.locator('.row[aria-selected]').count(), 1);
      await page.locator('#axis canvas').click({ position: { x: 5, y: 20 } });
      assert.equal(await page.locator(':focus').getAttribute('id'), 'rows');
    }),
  );

  await t.test('it follows themes, and has room in 300 pixels', () =>
    story.step('themes', async () => {
      for (const [theme, kind] of [
        ['Light Modern', 'vscode-light'],
        ['Dark High Contrast', 'vscode-high-contrast'],
        ['Dark Modern', 'vscode-dark'],
      ] as const) {
        await workbench.chooseTheme(theme);
        await workbench.webview.locator(`body.${kind}`).waitFor();
        await workbench.screenshot(`history 3 ${kind}`);
      }
      await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
      await workbench.page.setViewportSize({ width: 348, height: 850 });
      const body = workbench.webview.locator('body');
      await workbench.screenshot('history 4 narrow');
      const [shown, needed] = await body.evaluate(({ clientWidth, scrollWidth }) => [
        clientWidth,
        scrollWidth,
      ]);
      assert.ok((shown ?? 0) <= 310 && needed === shown, `${needed} pixels in ${shown}`);
    }),
  );
});
