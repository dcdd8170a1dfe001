/**
 * The real workbench where the agent cannot be started from it, as a plain user and by keyboard: the view says why and works on, and
 * an agent that is started elsewhere, by the command that is offered, is noticed.
 */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { end, start } from '../helpers/programs';
import { Story, stopAgentOf, type Window, without } from '../helpers/story';
import type { Workbench } from '../helpers/workbench';

let workbench: Workbench;

const story = new Story(async () => {
  mkdirSync(join(story.project, '.vscode'));
  const settings = { 'sockscope.watchedPorts': [22], 'sockscope.agent.scope': 'all' };
  writeFileSync(join(story.project, '.vscode', 'settings.json'), JSON.stringify(settings));
});

/** Surroundings in which the agent has no place for its audit log, and so refuses to start. */
const withoutAudit = [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount -t tmpfs -o mode=755 tmpfs /var/log && touch /var/log/sockscope && exec "$@"',
  'sh',
];

/** A window with the view shown, closed after the work. */
async function inWindow(window: Window, work: () => Promise<void>): Promise<void> {
  await story.open({ context: { permissions: ['clipboard-read', 'clipboard-write'] }, ...window });
  ({ workbench } = story);
  await work();
  await story.close();
}

async function showView(): Promise<void> {
  await workbench.openView('Sockscope');
  await workbench.row('Start Agent').waitFor();
}

/** From the settings of the folder. */
const watchedPorts = () => workbench.status('sockscope.watchedPorts');

const welcome = () => workbench.page.locator('.welcome-view-content');

const clipboard = () => workbench.page.evaluate<string>('navigator.clipboard.readText()');

/** Runs a command of a notification where it works; the view notices the agent by itself. Then stops the agent. */
async function startElsewhere(command: string, password?: string): Promise<void> {
  const as = password === undefined ? {} : { user: story.user };
  const child = start(['sh', '-c', command], as, { stdio: ['pipe', 'ignore', 'inherit'] });
  try {
    child.stdin?.end(`${password ?? ''}\n`);
    await workbench.status('agent').waitFor();
    await workbench.message.filter({ hasNotText: 'agent' }).waitFor();
    stopAgentOf(story.user);
    await workbench.status('agent').waitFor({ state: 'hidden' });
    await workbench.message.filter({ hasText: 'The agent has ended' }).waitFor();
  } finally {
    await end(child);
  }
}

it('no agent can be started from the editor', { timeout: 600_000 }, async (t) => {
  await t.test('no_new_privs, with which sudo fails whatever the password', () =>
    story.step('no_new_privs', () =>
      inWindow({ around: { through: ['setpriv', '--no-new-privs', '--'] } }, async () => {
        await showView();
        await workbench.message
          .filter({ hasText: 'sudo cannot start it from this editor (no_new_privs)' })
          .waitFor();
        await watchedPorts().waitFor();
        await workbench.screenshot('no agent 1 no_new_privs');
        await workbench.enterTopRow();
        await workbench
          .toast(/^sudo cannot work here: .* run the command in a terminal outside\.$/)
          .waitFor();
        await workbench.screenshot('no agent 2 advice');
        await workbench.acceptToast();
        await workbench.toast('Copied. Run it, and then try again.').waitFor();
        const command = await clipboard();
        assert.match(command, /^sudo -- env ELECTRON_RUN_AS_NODE=1 \S+ \S+\/dist\/agent\.js serve$/);
        await startElsewhere(command.replace('sudo', 'sudo -S -p ""'), story.user.password);
      }),
    ),
  );

  await t.test('no sudo', () =>
    story.step('no sudo', () =>
      inWindow({ around: { through: without('/usr/bin/sudo') } }, async () => {
        await showView();
        await workbench.message.filter({ hasText: 'sudo, which would start it, is not installed' }).waitFor();
        await workbench.runCommand('Sockscope: Filter...');
        await workbench.answerInput('Filter Sockets', 'pid:1 cookie:1');
        await welcome().filter({ hasText: 'is not installed: Start Agent says what to do.' }).waitFor();
        await workbench.screenshot('no agent 3 welcome');
        await workbench.runCommand('Sockscope: Clear Filter');
        await workbench.row('Start Agent').waitFor();
        await workbench.enterTopRow();
        await workbench
          .toast('sudo is not installed, or not on PATH. Install it, or run the command as root.')
          .waitFor();
        await workbench.screenshot('no agent 3 no sudo');
        await workbench.acceptToast();
        await workbench.toast('Copied.').waitFor();
        const command = await clipboard();
        assert.match(command, new RegExp(`^env SUDO_UID=${story.user.uid} ELECTRON_RUN_AS_NODE=1 `));
        await startElsewhere(command);
      }),
    ),
  );

  await t.test('an agent that is refused is not taken for a sudo that refuses', () =>
    story.step('refused', () =>
      inWindow({ around: { through: withoutAudit } }, async () => {
        await showView();
        await workbench.enterTopRow();
        await story.enterPassword();
        await workbench.terminalShows(/\/var\/log\/sockscope.*Press Enter/s);
        await workbench.toast(/^The agent was not started: its terminal says why\.$/).waitFor();
        await workbench.screenshot('no agent 4 refused');
      }),
    ),
  );

  await t.test('no terminal', () =>
    story.step('no terminal', () =>
      inWindow({ around: { through: without('/dev/ptmx') } }, async () => {
        await showView();
        await workbench.enterTopRow();
        await workbench
          .toast(/^The agent was not started: the editor could not open its terminal\./)
          .waitFor();
        await workbench.toast('The terminal process failed to launch').waitFor();
        await workbench.screenshot('no agent 4 no terminal');
        assert.equal(await workbench.toast('').count(), 2, 'one of ours, one of the editor');
        assert.match((await workbench.message.textContent()) ?? '', /only your own processes are named/);
      }),
    ),
  );

  await t.test('Restricted Mode: settings of the folder do not count; sudo asks, after the editor', () =>
    story.step('restricted', () =>
      inWindow({ around: { asksForTrust: true } }, async () => {
        await showView();
        await workbench.enterTopRow();
        await workbench.dialog
          .filter({ hasText: 'Creating a terminal process requires executing code' })
          .waitFor();
        await workbench.page.keyboard.press('Escape');
        await workbench.terminalShows(/agent\.js serve\s*\[sudo\] password[^:]*:/);
        await workbench.screenshot('no agent 5 restricted');
        assert.equal(await watchedPorts().count(), 0);
        await workbench.interruptTerminal();
        await workbench.toast('The agent was not started: its terminal was closed.').waitFor();
      }),
    ),
  );

  await t.test('a virtual workspace has the same view, and starts the agent in the same way', () =>
    story.step('virtual', () =>
      inWindow({ around: {}, folder: 'tmp:/' }, async () => {
        await showView();
        await workbench.enterTopRow();
        await workbench.terminalShows(/agent\.js serve\s*\[sudo\] password[^:]*:/);
        await workbench.screenshot('no agent 6 virtual');
        await workbench.interruptTerminal();
        await workbench.toast('The agent was not started: its terminal was closed.').waitFor();
      }),
    ),
  );
});
