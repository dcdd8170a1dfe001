/** The real workbench in other languages: the view, its menu, a question, an explanation and the timeline. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { attempt, result, round } from '../helpers/drills';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';
import type { Workbench } from '../helpers/workbench';

type Texts = Readonly<Record<string, string>>;

let server: StoryProgram;
let port: string;

const story = new Story(async () => {
  server = story.run('echo-server.mjs');
  const message = await server.waitFor((one) => 'port' in one);
  port = String(message.port);
  const run = result([round(1, [attempt(100)]), round(2, [attempt(100), attempt(300)])]);
  writeFileSync(join(story.project, 'run.json'), JSON.stringify({ schema: 1, ...run }));
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
  it(`the editor in ${language}`, { timeout: 600_000 }, async (test) => {
    const { t, nls } = textsOf(language);
    await story.open({ around: {}, language });
    const { workbench } = story;
    const { page } = workbench;
    const shot = (name: string) => workbench.screenshot(`languages ${language} ${name}`);

    await test.test('the view, its rows and what screen readers say', () =>
      story.step(`${language} view`, async () => {
        await workbench.openView('Sockscope');
        await workbench.row(t('Start Agent')).waitFor();
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
        await workbench.clickRow(row);
        await workbench.runCommand(`Focus on ${nls('view.details')} View`);
        await workbench.row(`${t('Held by')}: `).waitFor();
        const width = (await page.locator('.part.sidebar').boundingBox())?.width ?? 0;
        await workbench.widenSideBar(narrow - width);
        await shot('1 view');
        for (const cut of await cutNames(workbench)) assert.fail(`cut: ${cut}`);
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

    await test.test('the timeline, by keyboard alone', () =>
      story.step(`${language} timeline`, async () => {
        await workbench.runCommand(`Sockscope: ${nls('command.showTimeline')}`);
        const { webview } = workbench;
        await webview.locator('#empty', { hasText: t(noDrillYet) }).waitFor();
        assert.equal(await webview.locator('html').getAttribute('lang'), language);
        await webview.locator('body.vscode-reduce-motion').waitFor();
        await webview.locator('#open').focus();
        await page.keyboard.press('Enter');
        await page.locator('.quick-input-list', { hasText: 'run.json' }).waitFor();
        await workbench.answerInput(t('Open Saved Run'), join(story.project, 'run.json'));
        await webview.locator('#state', { hasText: t('Read from a file') }).waitFor();
        await shot('4 timeline');
        await webview.locator('#run').focus();
        assert.deepEqual(await tabStops(workbench), controls);
        const [first, next] = await markLabels(workbench);
        const destroyed = t('1 connection destroyed');
        assert.equal(first, t('Round {0}, {1} after the destroy: {2}.', '1', '0 ms', destroyed));
        assert.ok(next?.startsWith(t('Round {0}, {1} after the destroy: {2}', '1', '100 ms', '')), next);
        await workbench.chooseTheme('Dark High Contrast');
        await webview.locator('body.vscode-high-contrast').waitFor();
        await shot('5 high contrast');
      }),
    );

    await story.close();
  });

const noDrillYet =
  'No drill has been run in this window yet: choose Drill Reconnect... on a connection, or open a saved run.';

/** Of the timeline, in the order of Tab: each control, the lanes, the rounds, and one row of the events. */
const controls = [
  ...['run', 'other', 'open', 'export-yml', 'export-json', 'export-csv', 'export-png'],
  ...['aligned', 'follow', 'zoom-out', 'zoom-in', 'zoom-fit', 'lanes', 'rounds', 'TR'],
];

/** From the focused one on, as many as there should be: their ids, or the tags of those that have none. */
async function tabStops({ page, webview }: Workbench): Promise<string[]> {
  const stops: string[] = [];
  for (const _ of controls) {
    stops.push(
      await webview
        .locator(':focus')
        .evaluate(({ id, tagName }: { id: string; tagName: string }) => id || tagName),
    );
    await page.keyboard.press('Tab');
  }
  return stops;
}

/** What is said of the first two marks of the lanes. */
async function markLabels({ page, webview }: Workbench): Promise<string[]> {
  const labels: string[] = [];
  await webview.locator('#lanes').focus();
  for (const key of ['Home', 'ArrowRight']) {
    await page.keyboard.press(key);
    labels.push((await webview.locator('#spoken').textContent()) ?? '');
  }
  return labels;
}

/** Names of rows that do not fit. */
function cutNames({ page }: Workbench): Promise<string[]> {
  return page
    .locator('.tree-explorer-viewlet-tree-view .monaco-icon-name-container')
    .evaluateAll((names: { scrollWidth: number; clientWidth: number; textContent: string | null }[]) =>
      names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent ?? ''),
    );
}
