/**
 * The life of an agent in the real workbench, as a plain user whose sudo asks for a password: sudo refuses, the window is reloaded and the
 * extension host killed while a remote is held down and during a drill, and the agent ends in each way there is. The view, the status
 * bar and the notifications say what is the case, and Start Agent, by keyboard, is the way on.
 */

import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { connectAgent } from '../../agent/client/connect';
import { type AgentStatus, agentStatus, protocolNumber } from '../../agent/protocol';
import { drillParams } from '../helpers/drills';
import { bundleAgent, otherVersion } from '../helpers/other-agent';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { until } from '../helpers/programs';
import { endAll, makeStep, stopAgentOf } from '../helpers/story';
import {
  createServerFor,
  dataFolderOf,
  extensionHostOf,
  launchBrowser,
  processOf,
  serverFolderOf,
  type VSCodeServer,
} from '../helpers/vscode-server';
import { Workbench } from '../helpers/workbench';
import { Program } from './echo';

let user: PlainUser;
let vscode: VSCodeServer;
let server: Program;
let client: Program;
let browser: Browser;
let workbench: Workbench;
let port: number;

async function startPrograms(): Promise<void> {
  for (const name of ['echo-server.mjs', 'reconnecting-client.mjs']) {
    cpSync(resolve('test', 'e2e', name), join(user.home, name));
    chmodSync(join(user.home, name), 0o644);
  }
  const node = join(serverFolderOf(user), 'node');
  server = new Program(user, node, [join(user.home, 'echo-server.mjs')]);
  port = (await server.waitFor(({ port }) => port !== undefined)).port as number;
  client = new Program(user, node, [join(user.home, 'reconnecting-client.mjs'), String(port)]);
  await client.waitFor(({ connected }) => connected !== undefined);
}

/** A drill of the client without questions, for which one binds a key. */
function bindDrill(): void {
  const args = { ...drillParams, filter: `pid:${client.pid}`, hold: { fault: 'refused', ms: 30_000 } };
  const keys = [{ key: 'ctrl+alt+d', command: 'sockscope.drill', args }];
  writeFileSync(join(dataFolderOf(user), 'data', 'User', 'keybindings.json'), JSON.stringify(keys));
}

before(async () => {
  user = createPlainUser();
  vscode = await createServerFor(user);
  mkdirSync(join(user.home, 'project'));
  await startPrograms();
  bindDrill();
  const address = await vscode.start();
  browser = await launchBrowser();
  workbench = new Workbench(await browser.newPage({ viewport: { width: 1300, height: 850 } }));
  await workbench.open(address, join(user.home, 'project'));
  await workbench.openView('Sockscope');
});

after(() =>
  endAll([
    () => user && stopAgentOf(user),
    () => browser?.close(),
    () => vscode?.stop(),
    () => client?.stop(),
    () => server?.stop(),
    () => user?.remove(),
  ]),
);

const step = makeStep(() => ({ user, workbench }));

const agentItem = () => workbench.status('agent');
const outageItem = () => workbench.status('outages');
const group = () => workbench.row(`process id ${client.pid}, has`);

async function enterPassword(password: string): Promise<void> {
  await workbench.terminalShows(/password[^:]*: *$/i);
  await workbench.typeInTerminal(password);
}

async function startAgent(): Promise<void> {
  await workbench.row('Start Agent').waitFor({ timeout: 30_000 });
  await workbench.enterTopRow();
  await enterPassword(user.password);
  await agentItem().waitFor({ timeout: 30_000 });
  await workbench.row('Start Agent').waitFor({ state: 'hidden' });
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

it('the life of an agent', { timeout: 400_000 }, async (t) => {
  await t.test('sudo refuses three wrong passwords', () =>
    step('wrong passwords', async () => {
      await workbench.row('Start Agent').waitFor({ timeout: 30_000 });
      await workbench.enterTopRow();
      for (let times = 0; times < 3; times++) {
        await enterPassword('wrong');
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
    step('not in sudoers', async () => {
      const rule = `/etc/sudoers.d/${user.name}`;
      renameSync(rule, `${rule}.off`); // sudo reads no file with a dot
      try {
        await workbench.acceptToast(); // Try Again
        await enterPassword(user.password);
        await workbench.terminalShows(/not in the sudoers file.*Press Enter/s);
        await workbench.toast('The agent was not started: its terminal says why.').waitFor();
        assert.equal(await workbench.toast('').count(), 1);
      } finally {
        renameSync(`${rule}.off`, rule);
      }
    }),
  );

  await t.test('it is started by keyboard', () =>
    step('start', async () => {
      await workbench.runCommand('Notifications: Clear All Notifications');
      await startAgent();
      assert.doesNotMatch((await workbench.message.textContent()) ?? '', /agent/);
      // Once: later starts have none.
      await workbench.clickInToast('An installed copy belongs to root alone.', 'Not Now');
      await workbench.toast('').waitFor({ state: 'hidden' });
    }),
  );

  await t.test('a reload ends what the window holds down, not the agent, and the new window says so', () =>
    step('reload', async () => {
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
      await agentItem().waitFor({ timeout: 60_000 });
      await workbench.toast(/no longer held down: the extensions of its window were restarted\.$/).waitFor();
      await workbench.screenshot('agent life 2 reloaded');
      assert.equal(await outageItem().count(), 0);
      assert.equal((await statusOfAgent()).pid, pid);
      await workbench.runCommand('Notifications: Clear All Notifications');
    }),
  );

  await t.test('so does the end of the extension host, with the drill that it runs', () =>
    step('extension host', async () => {
      await group().waitFor({ timeout: 30_000 });
      await workbench.page.keyboard.press('Control+Alt+D');
      await outageItem().waitFor({ timeout: 30_000 });
      await workbench.webview.locator('#stop').waitFor();
      process.kill(extensionHostOf(user), 'SIGKILL');
      await workbench.toast(/^The drill of .* was not finished: the extensions/).waitFor({ timeout: 60_000 });
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
    step('agent killed', async () => {
      const { pid, brokerPid } = await statusOfAgent();
      process.kill(pid, 'SIGKILL');
      await assertEnded();
      await until('its broker is gone', isGone(brokerPid));
      await workbench.screenshot('agent life 4 killed');
    }),
  );

  await t.test('the broker is killed', () =>
    step('broker killed', async () => {
      await startAgent();
      const { pid, brokerPid } = await statusOfAgent();
      assert.ok(brokerPid);
      process.kill(brokerPid, 'SIGKILL');
      await assertEnded();
      await until('the agent is gone', isGone(pid));
    }),
  );

  await t.test('its terminal is closed', () =>
    step('terminal closed', async () => {
      await startAgent();
      const { pid } = await statusOfAgent();
      await workbench.runCommand('Terminal: Kill All Terminals');
      await assertEnded();
      await until('the agent is gone', isGone(pid));
    }),
  );

  await t.test('nobody needs it', () =>
    step('idle', async () => {
      const machine = join(dataFolderOf(user), 'data', 'Machine');
      mkdirSync(machine, { recursive: true });
      writeFileSync(join(machine, 'settings.json'), '{ "sockscope.agent.idleExit": "1s" }');
      await startAgent();
      await workbench.terminalShows(/--idle-exit 1s/);
      await workbench.openView('Explorer');
      await agentItem().waitFor({ state: 'hidden', timeout: 60_000 });
      await workbench.openView('Sockscope');
      await workbench.row('Start Agent').waitFor();
      assert.deepEqual(await workbench.toast('').allTextContents(), []);
    }),
  );

  await t.test('the extension is replaced below an open window, by one that it does not understand', () =>
    step('replaced', async () => {
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
