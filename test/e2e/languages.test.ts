/** The real workbench in other languages: the view, its menu, a question, an explanation and the timeline. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';

type Texts = Readonly<Record<string, string>>;

let server: StoryProgram;
let port: string;

const story = new Story(async () => {
  server = story.run('echo-server.mjs');
  const message = await server.waitFor((one) => 'port' in one);
  port = String(message.port);
});

const readTexts = (file: string): Texts => JSON.parse(readFileSync(file, 'utf8'));

/** Of a language: a text of the code with what stands in it, and one of the manifest. */
function textsOf(language: string) {
  const bundle = readTexts(`extension/l10n/bundle.l10n.${language}.json`);
  const manifest = readTexts(`package.nls.${language}.json`);
  return {
    t: (text: string, ...args: string[]) =>
      (bundle[text] ?? '').replace(/\{(\d)\}/g, (_, place) => args[Number(place)] ?? ''),
    nls: (key: string) => manifest[key] ?? '',
  };
}

/** The narrowest side bar that is asked for; the end of a row may be cut there, its name may not. */
const narrow = 300;

for (const language of ['de', 'zh-cn'])
  it(`the editor in ${language}`, { timeout: 240_000 }, async (test) => {
    const { t, nls } = textsOf(language);
    await story.open({ language });
    const { workbench } = story;
    const { page } = workbench;
    const shot = (name: string) => workbench.screenshot(`languages ${language} ${name}`);

    await test.test('the view, its rows and what screen readers say', () =>
      story.step(`${language} view`, async () => {
        await workbench.openView('Sockscope');
        await workbench.row(t('Start Agent')).waitFor({ timeout: 30_000 });
        await workbench.message
          .filter({ hasText: t('Without the agent, only your own processes are named.') })
          .waitFor();
        const who = t(
          'Process {0}, process id {1}, has {2}.',
          'node echo-server.mjs',
          String(server.pid),
          t('{0} listening', '1'),
        );
        const group = workbench.row(who);
        await group.waitFor();
        await workbench.expand(group);
        const held = t('{0}, process {1}', 'node', String(server.pid));
        const socket = t('{0} socket {1}', 'TCP', `127.0.0.1:${port}`);
        const row = workbench.row(t('{0}, state {1}, held by {2}.', socket, 'listen', held));
        await row.click();
        await page.getByText(t('Waiting to be accepted')).waitFor();
        const width = (await page.locator('.part.sidebar').boundingBox())?.width ?? 0;
        await workbench.widenSideBar(narrow - width);
        await shot('1 view');
        for (const cut of await cutNames(page)) assert.fail(`cut: ${cut}`);
      }),
    );

    await test.test('the question before a port is freed, and why it is busy', () =>
      story.step(`${language} port`, async () => {
        await workbench.runCommand(`Sockscope: ${nls('command.freePort')}`);
        await workbench.answerInput(t('Free Port'), port);
        const question = await story.question();
        const what = t('SIGTERM goes to {0} alone, which has {1} s to end', `node (pid ${server.pid})`, '3');
        assert.ok(question.includes(what), question);
        assert.ok(question.includes(t('Free {0}?', t('port {0}', port))), question);
        await shot('2 question');
        await page.keyboard.press('Escape');
        await workbench.dialog.waitFor({ state: 'hidden' });
        await workbench.runCommand(`Sockscope: ${nls('command.whyBusy')}`);
        await workbench.answerInput(t('Why Is This Port Busy?'), port);
        await page
          .locator('.quick-input-widget', { hasText: t('{0} is busy', t('Port {0}', port)) })
          .waitFor();
        await page.locator('.quick-input-list', { hasText: t('Show Explanation') }).waitFor();
        await shot('3 why');
        await page.keyboard.press('Escape');
        assert.ok(server.lives);
      }),
    );

    await test.test('the timeline', () =>
      story.step(`${language} timeline`, async () => {
        await workbench.runCommand(`Sockscope: ${nls('command.showTimeline')}`);
        await workbench.webview
          .locator('#empty', {
            hasText: t(
              'No drill has been run in this window yet: choose Drill Reconnect... on a connection, or open a saved run.',
            ),
          })
          .waitFor();
        assert.equal(await workbench.webview.locator('html').getAttribute('lang'), language);
        await shot('4 timeline');
      }),
    );

    await story.close();
  });

/** Names of rows that do not fit. */
function cutNames(page: Story['workbench']['page']): Promise<string[]> {
  return page
    .locator('.tree-explorer-viewlet-tree-view .monaco-icon-name-container')
    .evaluateAll((names: { scrollWidth: number; clientWidth: number; textContent: string | null }[]) =>
      names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent ?? ''),
    );
}
