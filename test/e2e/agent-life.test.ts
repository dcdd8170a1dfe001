/**
 * The life of an agent in the real workbench, as a plain user whose sudo asks for a password: sudo refuses, the window is reloaded and the
 * extension host killed while a remote is held down and during a drill, and the agent ends in each way there is. The view, the status
 * bar and the notifications say what is the case, and Start Agent, by keyboard, is the way on.
 */

import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { connectAgent } from '../../agent/client/connect';
import { type AgentStatus, agentStatus, protocolNumber } from '../../agent/protocol';
import { drillParams } from '../helpers/drills';
import { bundleAgent, otherVersion } from '../helpers/other-agent';
import type { PlainUser } from '../helpers/plain-user';
import { until } from '../helpers/programs';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';
import { dataFolderOf, extensionHostOf, processOf } from '../helpers/vscode-server';
import type { Workbench } from '../helpers/workbench';

let user: PlainUser;
let workbench: Workbench;
let client: StoryProgram;

/** A drill of the client without questions, for which one binds a key. */
function bindDrill(): void {
  const args = { ...drillParams, filter: `pid:${client.pid}`, hold: { fault: 'refused', ms: 30_000 } };
  const keys = [{ key: 'ctrl+alt+d', command: 'sockscope.drill', args }];
  writeFileSync(join(dataFolderOf(user), 'data', 'User', 'keybindings.json'), JSON.stringify(keys));
}

const story = new Story(async () => {
  ({ user } = story);
  const server = story.run('echo-server.mjs');
  const { port } = await server.waitFor(({ port }) => port !== undefined);
  client = story.run('reconnecting-client.mjs', String(port));
  await client.waitFor(({ connected }) => connected !== undefined);
  bindDrill();
  await story.open({ context: { permissions: ['clipboard-read', 'clipboard-write'] } });
  ({ workbench } = story);
  await workbench.openView('Sockscope');
});

const agentItem = () => workbench.status('agent');
const outageItem = () => workbench.status('outages');
const group = () => workbench.row(`process id ${client.pid}, has`);

async function startAgent(): Promise<void> {
  await workbench.row('Start Agent').waitFor();
  await workbench.enterTopRow();
  await story.enterPassword();
  await story.agentRuns();
}

async function statusOfAgent(): Promise<AgentStatus> {
  const agent = await connectAgent(user.uid);
  assert.ok(agent);
  try {
    return await agent.request(agentStatus, {});
  } finally {
    agent.close();
  }
}

/** The view says so, the status bar has no agent, and no notification comes with it. */
async function assertEnded(): Promise<void> {
  await workbench.message
    .filter({ hasText: 'The agent has ended: only your own processes are named now.' })
    .waitFor();
  await workbench.row('Start Agent').waitFor();
  await agentItem().waitFor({ state: 'hidden' });
  assert.deepEqual(await workbench.toast('').allTextContents(), []);
}

const isGone = (pid: number | null) => () => !readdirSync('/proc').includes(String(pid));

it('the life of an agent', { timeout: 600_000 }, async (t) => {
  await t.test('sudo refuses three wrong passwords', () =>
    story.step('wrong passwords', async () => {
      await workbench.row('Start Agent').waitFor();
      await workbench.enterTopRow();
      for (let times = 0; times < 3; times++) {
        await story.enterPassword('wrong');
        await workbench.terminalShows(times < 2 ? /sorry, try again\.\s*\[sudo\][^:]*: *$/i : /3 incorrect/);
      }
      await workbench.terminalShows(/Press Enter to close this terminal\./);
      await workbench.toast('The agent was not started: its terminal says why.').waitFor();
      await workbench.screenshot('agent life 1 refused');
      assert.equal(await workbench.toast('').count(), 1);
      assert.match((await workbench.message.textContent()) ?? '', /^Without the agent, only your own/);
    }),
  );

  await t.test('sudo refuses who is not in sudoers', () =>
    story.step('not in sudoers', async () => {
      const rule = `/etc/sudoers.d/${user.name}`;
      renameSync(rule, `${rule}.off`); // sudo reads no file with a dot
      try {
        await workbench.acceptToast(); // Try Again
        await story.enterPassword();
        await workbench.terminalShows(/not in the sudoers file.*Press Enter/s);
        await workbench.toast('If you may not use sudo, have root run the command.').waitFor();
        assert.equal(await workbench.toast('').count(), 1);
        await workbench.screenshot('agent life 2 not in sudoers');
        await workbench.clickInToast('If you may not use sudo', 'Copy Command');
        await workbench.toast('Copied. Run it, and then try again.').waitFor();
        const command = await workbench.page.evaluate<string>('navigator.clipboard.readText()');
        assert.match(command, new RegExp(`^env SUDO_UID=${user.uid} ELECTRON_RUN_AS_NODE=1 `));
      } finally {
        renameSync(`${rule}.off`, rule);
      }
    }),
  );

  await t.test('it is started by keyboard', () =>
    story.step('start', async () => {
      await workbench.runCommand('Notifications: Clear All Notifications');
      await startAgent();
      assert.doesNotMatch((await workbench.message.textContent()) ?? '', /agent/);
      // Once: later starts have none.
      await workbench.clickInToast('An installed copy belongs to root alone.', 'Not Now');
      await workbench.toast('').waitFor({ state: 'hidden' });
    }),
  );

  await t.test('a reload ends what the window holds down, not the agent, and the new window says so', () =>
    story.step('reload', async () => {
      await workbench.chooseFromMenu(group(), 'Hold Down...');
      await workbench.answerInput('What becomes of new connections?');
      await workbench.answerInput('For how long?', '5 min');
      await workbench.dialog.waitFor();
      await workbench.answer('Hold Down');
      await outageItem().waitFor();
      const { pid } = await statusOfAgent();
      // The browser writes the state of a window every five seconds.
      await workbench.page.waitForTimeout(6000);
      await workbench.page.reload();
      await agentItem().waitFor();
      await workbench.toast(/no longer held down: the extensions of its window were restarted\.$/).waitFor();
      await workbench.screenshot('agent life 2 reloaded');
      assert.equal(await outageItem().count(), 0);
      assert.equal((await statusOfAgent()).pid, pid);
      await workbench.runCommand('Notifications: Clear All Notifications');
    }),
  );

  await t.test('so does the end of the extension host, with the drill that it runs', () =>
    story.step('extension host', async () => {
      await group().waitFor();
      await workbench.page.keyboard.press('Control+Alt+D');
      await outageItem().waitFor();
      await workbench.webview.locator('#stop').waitFor();
      process.kill(extensionHostOf(user), 'SIGKILL');
      await workbench.toast(/^The drill of .* was not finished: the extensions/).waitFor();
      await workbench.webview.locator('#stop').waitFor({ state: 'hidden' });
      await workbench.screenshot('agent life 3 extension host');
      await outageItem().waitFor({ state: 'hidden' });
      await agentItem().waitFor();
      await group().waitFor();
      assert.equal(client.lives, true);
      await workbench.runCommand('Notifications: Clear All Notifications');
    }),
  );

  await t.test('the agent is killed', () =>
    story.step('agent killed', async () => {
      const { pid, brokerPid } = await statusOfAgent();
      process.kill(pid, 'SIGKILL');
      await assertEnded();
      await until('its broker is gone', isGone(brokerPid));
      await workbench.screenshot('agent life 4 killed');
    }),
  );

  await t.test('the broker is killed', () =>
    story.step('broker killed', async () => {
      await startAgent();
      const { pid, brokerPid } = await statusOfAgent();
      assert.ok(brokerPid);
      process.kill(brokerPid, 'SIGKILL');
      await assertEnded();
      await until('the agent is gone', isGone(pid));
    }),
  );

  await t.test('its terminal is closed', () =>
    story.step('terminal closed', async () => {
      await startAgent();
      const { pid } = await statusOfAgent();
      await workbench.runCommand('Terminal: Kill All Terminals');
      await assertEnded();
      await until('the agent is gone', isGone(pid));
    }),
  );

  await t.test('nobody needs it', () =>
    story.step('idle', async () => {
      const machine = join(dataFolderOf(user), 'data', 'Machine');
      mkdirSync(machine, { recursive: true });
      const title = 'The settings are read';
      const settings = { 'sockscope.agent.idleExit': '1s', 'window.title': title };
      writeFileSync(join(machine, 'settings.json'), JSON.stringify(settings));
      await workbench.page.waitForFunction(`document.title.includes(${JSON.stringify(title)})`);
      await startAgent();
      await workbench.terminalShows(/--idle-exit 1s/);
      await workbench.openView('Explorer');
      await agentItem().waitFor({ state: 'hidden' });
      await workbench.openView('Sockscope');
      await workbench.row('Start Agent').waitFor();
      assert.deepEqual(await workbench.toast('').allTextContents(), []);
    }),
  );

  await t.test('the extension is replaced below an open window, by one that it does not understand', () =>
    story.step('replaced', async () => {
      await workbench.row('Start Agent').waitFor();
      const extensions = join(dataFolderOf(user), 'extensions');
      const [own = ''] = readdirSync(extensions).filter((name) => name.startsWith('sockscope.'));
      const program = join(extensions, own, 'dist', 'agent.js');
      const before = readFileSync(program);
      const folder = mkdtempSync(join(tmpdir(), 'sockscope-other-'));
      try {
        writeFileSync(program, readFileSync(await bundleAgent(folder, protocolNumber + 1)));
        process.kill(processOf(user, `${program}\0observe`), 'SIGKILL');
        const advice = `Sockscope was updated to version ${otherVersion}: reload the window.`;
        await workbench.message.filter({ hasText: advice }).waitFor();
        await workbench.screenshot('agent life 5 replaced');
        assert.deepEqual(await workbench.toast('').allTextContents(), []);
      } finally {
        writeFileSync(program, before);
        rmSync(folder, { recursive: true });
      }
      await workbench.page.reload();
      await workbench.row('Start Agent').waitFor();
    }),
  );
});
