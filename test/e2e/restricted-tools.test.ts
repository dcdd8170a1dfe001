/**
 * The tools for language models in the real workbench, called by another extension, as a plain user: in Restricted Mode they look and do
 * not act, whatever the settings say; in a folder that is trusted they ask first.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { languageTools, settings } from '../../extension/base/ids';
import { until } from '../helpers/programs';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';
import { dataFolderOf } from '../helpers/vscode-server';
import type { Workbench } from '../helpers/workbench';

let workbench: Workbench;
let server: StoryProgram;
let port: number;

const story = new Story(async () => {
  server = story.run('echo-server.mjs');
  port = (await server.waitFor(({ port }) => port !== undefined)).port as number;
  await story.installFolder(resolve('test', 'e2e', 'tool-caller'));
  const machine = join(dataFolderOf(story.user), 'data', 'Machine');
  mkdirSync(machine, { recursive: true });
  writeFileSync(join(machine, 'settings.json'), JSON.stringify({ [settings.toolsAllowDestructive]: true }));
  await story.open({ around: { asksForTrust: true } });
  ({ workbench } = story);
});

const answerFile = () => join(story.user.home, 'answer.json');

/** Returns once the tool is called. */
async function call(tool: string, input: object): Promise<void> {
  rmSync(answerFile(), { force: true });
  await workbench.runCommand('Call a Tool...');
  await workbench.answerInput('Call a Tool', JSON.stringify({ tool, input, answer: answerFile() }));
}

/** What the model gets. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the tool answered; the assertions check it
async function outcome(): Promise<{ readonly answer?: any; readonly error?: string }> {
  await until(
    'the tool has answered',
    () => existsSync(answerFile()) && readFileSync(answerFile()).length > 0,
  );
  return JSON.parse(readFileSync(answerFile(), 'utf8'));
}

const freePort = () => call(languageTools.free_port, { port });

const restricted = () => workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' });

/** By the editor's own page, which lies over the window and takes keys until it is closed. */
async function trust(): Promise<void> {
  await workbench.runCommand('Workspaces: Manage Workspace Trust');
  const page = workbench.page.locator('.workspace-trust-editor');
  await page.getByRole('button', { name: 'Trust', exact: true }).click();
  await restricted().waitFor({ state: 'hidden' });
  await workbench.page.locator('.codicon-close').filter({ visible: true }).first().click();
  await page.waitFor({ state: 'hidden' });
}

it('tools for language models in a folder that is not trusted, and once it is', {
  timeout: 600_000,
}, async (t) => {
  await t.test('what only looks answers', () =>
    story.step('list', async () => {
      await restricted().waitFor();
      await call(languageTools.list_sockets, { filter: `pid:${server.pid} state:listen` });
      const { answer } = await outcome();
      assert.deepEqual([answer.total, answer.sockets[0].processes[0].pid], [1, server.pid]);
    }),
  );

  await t.test('what acts refuses, without a question', () =>
    story.step('refused', async () => {
      await freePort();
      assert.match(
        (await outcome()).error ?? '',
        /This tool is off in a workspace that its user does not trust\./,
      );
      assert.equal(await workbench.dialog.count(), 0);
      assert.equal(server.lives, true);
    }),
  );

  await t.test('once the folder is trusted it asks, and a no ends nothing', () =>
    story.step('no', async () => {
      await trust();
      await freePort();
      const said = await story.question();
      assert.match(said, new RegExp(`Free port ${port}`));
      assert.match(said, new RegExp(`SIGTERM goes to .*\\(pid ${server.pid}\\)`));
      await workbench.screenshot('tools 1 question');
      await workbench.answer('Cancel');
      assert.match((await outcome()).error ?? '', /Cancel/);
      assert.equal(server.lives, true);
    }),
  );

  await t.test('a yes frees the port', () =>
    story.step('yes', async () => {
      await freePort();
      await story.question();
      await workbench.page.keyboard.press('Enter');
      const { answer } = await outcome();
      assert.deepEqual([answer.freed, answer.steps[0].outcome], [true, 'exited']);
      await until('the server has ended', () => !server.lives);
    }),
  );
});
