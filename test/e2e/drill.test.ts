/**
 * One story in the real workbench, as a plain user whose sudo asks for a password: a drill cuts a program's connection in
 * three rounds, the timeline shows the reconnects with the numbers that the program saw, and its remote is held down.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';
import type { Workbench } from '../helpers/workbench';

let workbench: Workbench;
let client: StoryProgram;
let port: number;

const story = new Story(async () => {
  const server = story.run('echo-server.mjs');
  port = (await server.waitFor(({ port }) => port !== undefined)).port as number;
  client = story.run('reconnecting-client.mjs', String(port));
  await client.waitFor(({ connected }) => connected !== undefined);
  await story.open({ context: { viewport: { width: 1600, height: 1000 } } });
  workbench = story.workbench;
});

const group = () => workbench.row(`process id ${client.pid}, has`);
const connection = () => workbench.row(` to 127.0.0.1:${port}, state established`);
const outage = () => workbench.status('outages');

/** Texts of the cells of each row. */
async function table(selector: string): Promise<readonly (readonly string[])[]> {
  return workbench.webview
    .locator(`${selector} tbody tr`)
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
}

const count = (field: string, value?: string) =>
  client.messages.filter((message) => (value === undefined ? field in message : message[field] === value))
    .length;

it('drilling a program that reconnects', { timeout: 600_000 }, async (t) => {
  await t.test('a connection is drilled from its row, after one question', () =>
    story.step('question', async () => {
      await workbench.openView('Sockscope');
      await group().waitFor();
      await workbench.expand(group());
      await connection().waitFor();
      await workbench.chooseFromMenu(connection(), 'Drill Reconnect...');
      await workbench.answerInput('What happens in each round?', 'Cut and hold down: Refused');
      await workbench.goBack('For how long?');
      await workbench.answerInput('What happens in each round?'); // the line that was chosen before
      await workbench.answerInput('For how long?', 'Other');
      await workbench.answerInput('such as 500ms', '1s');
      await workbench.answerInput('How many rounds?', 'Other');
      await workbench.answerInput("How many rounds? (Press 'Enter'", '3'); // not the list with this title
      await workbench.answerInput('Time from each recovery', '3s');
      await workbench.answerInput('By how many percent');
      await workbench.answerInput('How long to wait', '10s');
      await workbench.answerInput('Which end');
      await workbench.answerInput('How many of the matching');
      const said = await story.question();
      assert.match(said, new RegExp(`Drill \\S+ \\S+ → 127\\.0\\.0\\.1:${port}\\?`));
      assert.match(said, /3 times, 3 s after each recovery/);
      assert.match(said, /ECONNABORTED; new ones fail for 1 s \(refused\)/);
      assert.match(said, new RegExp(`1 connection, of .+ \\(pid ${client.pid}\\)`));
      await workbench.screenshot('drill 1 question');
      assert.equal(count('lost'), 0);
      await workbench.answer('Start Agent and Drill');
    }),
  );

  await t.test('the remote is held down in the status bar, and the timeline follows', () =>
    story.step('running', async () => {
      await story.enterPassword();
      await workbench.focusedView.waitFor(); // and no more the terminal, where Ctrl-C ends the agent
      await outage()
        .filter({ hasText: `127.0.0.1:${port}` })
        .waitFor();
      await workbench.webview.locator('#state', { hasText: /Running: round \d of 3/ }).waitFor();
      await workbench.webview.locator('#stop').waitFor();
      await workbench.webview.locator('#state', { hasText: 'Done' }).waitFor({ timeout: 100_000 });
      await outage().waitFor({ state: 'hidden' });
    }),
  );

  await t.test('the tables have the events that the program saw', () =>
    story.step('tables', async () => {
      const rounds = await table('#rounds');
      assert.deepEqual(
        rounds.map(([round, verdict, destroyed]) => [round, verdict, destroyed]),
        ['1', '2', '3'].map((round) => [round, 'recovered', '1']),
      );
      const events = (await table('#events')).map(([, , , , what = '']) => what);
      const shown = (what: string) => events.filter((event) => event === what).length;
      assert.equal(count('lost', 'ECONNABORTED'), 3);
      assert.ok(count('failed', 'ECONNREFUSED') >= 3);
      assert.equal(shown('attempt: refused by the outage'), count('failed', 'ECONNREFUSED'));
      assert.equal(
        shown('attempt: connected'),
        count('connected') - 1,
        'all but the first, which no drill saw',
      );
      assert.equal(shown('1 connection destroyed'), 3);
      const cells = workbench.webview.locator('#events td');
      const wide = (all: { scrollWidth: number; clientWidth: number }[]) =>
        all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length;
      assert.equal(await cells.evaluateAll(wide), 0, 'no text runs into the next column');
    }),
  );

  await t.test('the lanes can be read and zoomed by keyboard', () =>
    story.step('keyboard', async () => {
      const page = workbench.webview;
      const lanes = page.locator('#lanes');
      await page.locator('#zoom-fit').focus();
      await workbench.page.keyboard.press('Tab');
      assert.equal(await page.locator(':focus').getAttribute('id'), 'lanes');
      assert.equal(await lanes.getAttribute('aria-label'), 'Timeline');
      const hint = page.locator(`#${await lanes.getAttribute('aria-describedby')}`);
      assert.match((await hint.textContent()) ?? '', /^Left and right arrow: from mark to mark\./);
      const spoken = page.locator('#spoken');
      assert.equal(await spoken.getAttribute('aria-live'), 'polite');
      await workbench.page.keyboard.press('Home');
      assert.match((await spoken.textContent()) ?? '', /^Round 1, 0 ms after the destroy: 1 connection/);
      await workbench.page.keyboard.press('ArrowRight');
      assert.match((await spoken.textContent()) ?? '', /^Round 1, .* refused by the outage, 127\.0\.0\.1/);
      await page.locator('#events tr.marked', { hasText: 'refused' }).waitFor();
      await workbench.page.keyboard.press('ArrowLeft');
      assert.match((await spoken.textContent()) ?? '', /^Round 1, 0 ms after the destroy: 1 connection/);
      await workbench.page.keyboard.press('End');
      assert.match((await spoken.textContent()) ?? '', /^Round 3, .+ after the destroy: /);
      await workbench.page.keyboard.press('Escape');
      assert.equal(await spoken.textContent(), '');
      await workbench.page.keyboard.press('Shift+Tab');
      assert.equal(await page.locator(':focus').getAttribute('id'), 'zoom-fit', 'there is a way out again');
      await workbench.page.keyboard.press('Tab');
      for (const key of ['+', '+', 'Shift+ArrowRight', '0']) await workbench.page.keyboard.press(key);
      await page.locator('#aligned').check();
    }),
  );

  await t.test('the page follows light, dark and high contrast themes', () =>
    story.step('themes', async () => {
      await workbench.runCommand('View: Hide Panel');
      await workbench.runCommand('Notifications: Clear All Notifications');
      for (const [theme, kind] of [
        ['Light Modern', 'vscode-light'],
        ['Light High Contrast', 'vscode-high-contrast-light'],
        ['Dark High Contrast', 'vscode-high-contrast'],
        ['Dark Modern', 'vscode-dark'],
      ] as const) {
        await workbench.chooseTheme(theme);
        await workbench.webview.locator(`body.${kind}`).waitFor();
        await workbench.screenshot(`drill 2 ${kind}`);
      }
    }),
  );

  await t.test('an outage is stopped with one click', () =>
    story.step('hold down', async () => {
      const refused = count('failed', 'ECONNREFUSED');
      await workbench.chooseFromMenu(group(), 'Hold Down...');
      await workbench.answerInput('What becomes of new connections?');
      await workbench.answerInput('For how long?', '1 min');
      const said = await story.question();
      assert.match(said, /Hold down .+ for 1 min\?/);
      await workbench.answer('Hold Down');
      await outage()
        .filter({ hasText: /held down: \d+ s left/ })
        .waitFor();
      await client.waitFor(() => count('failed', 'ECONNREFUSED') >= refused + 2);
      await workbench.screenshot('drill 3 held down');
      const connected = count('connected');
      await outage().click();
      await workbench.toast(/no longer held down: \d+ connects refused/).waitFor();
      await outage().waitFor({ state: 'hidden' });
      await client.waitFor(() => count('connected') > connected);
      assert.equal(client.lives, true);
    }),
  );

  await t.test('packets of a process are lost, which says so and then what was measured', () =>
    story.step('degrade', async () => {
      await workbench.chooseFromMenu(group(), 'Degrade...');
      await workbench.screenshot('drill 4 degrade');
      await workbench.answerInput('What becomes of its packets?', '50 %');
      await workbench.answerInput('Which packets?');
      await workbench.answerInput('For how long?', '10 s');
      const said = await story.question();
      assert.match(said, /Degrade .+ for 10 s\?/);
      assert.match(said, /50 % of its packets are lost, .*No connection is destroyed\./s);
      await workbench.screenshot('drill 5 degrade question');
      await workbench.answer('Degrade');
      await outage()
        .filter({ hasText: /degraded: \d+ s left/ })
        .waitFor();
      await workbench.screenshot('drill 6 degraded');
      await workbench.toast(/\d+ of \d+ packets were lost: [\d.]+\s%, of 50\s% asked for\./).waitFor();
      await workbench.screenshot('drill 7 measured');
      await outage().waitFor({ state: 'hidden' });
      assert.equal(client.lives, true);
    }),
  );

  await t.test('a process is slow, by a rate that is typed and corrected', () =>
    story.step('rate', async () => {
      await workbench.chooseFromMenu(group(), 'Degrade...');
      await workbench.answerInput('What becomes of its packets?', 'Another rate');
      await workbench.answerInput('How many bytes in a second?', '19kB/s');
      await workbench.page.getByText('From 20 kB/s to 1 GB/s').waitFor();
      await workbench.screenshot('drill 8 rate');
      await workbench.answerInput('From 20 kB/s to 1 GB/s', '100kB/s'); // it stands where the question was
      await workbench.answerInput('Which packets?');
      await workbench.answerInput('For how long?', '5 s');
      const said = await story.question();
      assert.match(said, /has 100\skB\/s at most in each direction; .*No connection is destroyed\./s);
      await workbench.answer('Degrade');
      await workbench.toast(/[\d.]+\sB\/s out, of 100\skB\/s asked for\. Nothing was held back/).waitFor();
      await workbench.screenshot('drill 9 rate measured');
      assert.equal(client.lives, true);
    }),
  );
});
