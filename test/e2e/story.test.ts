/**
 * One story in the real workbench, as a plain user whose sudo asks for a password: see a connection, destroy it, with
 * the agent started on the way. Its process and every other connection survive.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { until } from '../helpers/programs';
import { endAll, makeStep, stopAgentOf } from '../helpers/story';
import {
  createServerFor,
  dataFolderOf,
  launchBrowser,
  serverFolderOf,
  type VSCodeServer,
} from '../helpers/vscode-server';
import { Workbench } from '../helpers/workbench';
import { Program } from './echo';

let user: PlainUser;
let node: string;
let vscode: VSCodeServer;
let echoServer: Program;
let echoClient: Program;
let browser: Browser;
let workbench: Workbench;
let port: number;
let victim: number;
let bystander: number;

function copyPrograms(home: string): void {
  for (const name of ['echo-server.mjs', 'echo-client.mjs']) {
    cpSync(resolve('test', 'e2e', name), join(home, name));
    chmodSync(join(home, name), 0o644);
  }
}

async function startPrograms(): Promise<void> {
  echoServer = new Program(user, node, [join(user.home, 'echo-server.mjs')]);
  port = (await echoServer.waitFor(({ port }) => port !== undefined)).port as number;
  echoClient = new Program(user, node, [join(user.home, 'echo-client.mjs'), String(port)]);
  [victim, bystander] = (await echoClient.waitFor(({ ports }) => ports !== undefined)).ports as [
    number,
    number,
  ];
}

before(async () => {
  user = createPlainUser();
  vscode = await createServerFor(user);
  node = join(serverFolderOf(user), 'node');
  copyPrograms(user.home);
  mkdirSync(join(user.home, 'project'));
  await startPrograms();
  const address = await vscode.start();
  browser = await launchBrowser();
  workbench = new Workbench(await browser.newPage({ viewport: { width: 1300, height: 850 } }));
  await workbench.open(address, join(user.home, 'project'));
});

after(() =>
  endAll([
    () => user && stopAgentOf(user),
    () => browser?.close(),
    () => vscode?.stop(),
    () => echoClient?.stop(),
    () => echoServer?.stop(),
    () => user?.remove(),
  ]),
);

const victimRow = () => workbench.row(`TCP connection 127.0.0.1:${victim} to 127.0.0.1:${port}`);

const step = makeStep(() => ({ user, workbench }));

it('destroying one connection from the tree', { timeout: 180_000 }, async (t) => {
  await t.test('the view shows the connection without a password', () =>
    step('tree', async () => {
      assert.match(await workbench.messageAtFirstRow('Sockscope'), /^Without the agent/);
      await workbench.widenSideBar(200);
      const group = workbench.row(`process id ${echoClient.pid}, has`);
      await group.waitFor({ timeout: 30_000 });
      await workbench.expand(group);
      await victimRow().waitFor();
      await workbench.screenshot('1 tree');
    }),
  );

  await t.test('cancelling destroys nothing and starts no agent', () =>
    step('cancel', async () => {
      await workbench.chooseFromMenu(victimRow(), 'Destroy Connection');
      await workbench.dialog.waitFor();
      const said = (await workbench.dialog.textContent()) ?? '';
      assert.match(said, /ECONNABORTED/);
      assert.match(said, /ECONNRESET/);
      await workbench.screenshot('2 question');
      await workbench.answer('Cancel');
      assert.equal(await echoClient.echoes(victim), true);
      assert.equal(existsSync(`/run/sockscope/${user.uid}/agent.sock`), false);
    }),
  );

  await t.test('Ctrl-C instead of a password is one notification, which offers to try again', () =>
    step('no password', async () => {
      await workbench.chooseFromMenu(victimRow(), 'Destroy Connection');
      await workbench.dialog.waitFor();
      await workbench.answer('Start Agent and Destroy');
      await workbench.terminalShows(/password[^:]*:/i);
      await workbench.interruptTerminal();
      await workbench.toast(/^The agent was not started: .* Nothing was destroyed\.$/).waitFor();
      await workbench.screenshot('3 no password');
      assert.equal(await workbench.toast('').count(), 1);
      await workbench.clickInToast('The agent was not started', 'Try Again');
      await workbench.dialog.waitFor();
      await workbench.answer('Cancel');
      assert.equal(await echoClient.echoes(victim), true);
    }),
  );

  await t.test('a wrong password destroys nothing', () =>
    step('wrong password', async () => {
      await workbench.chooseFromMenu(victimRow(), 'Destroy Connection');
      await workbench.dialog.waitFor();
      await workbench.answer('Start Agent and Destroy');
      await workbench.terminalShows(/password[^:]*:/i);
      await workbench.typeInTerminal('not the password');
      await workbench.terminalShows(/sorry/i);
      await workbench.screenshot('3 wrong password');
      assert.equal(await echoClient.echoes(victim), true);
    }),
  );

  await t.test('with the right password the destroy continues by itself and reports the result', () =>
    step('destroy', async () => {
      await workbench.typeInTerminal(user.password);
      await workbench.toast(`127.0.0.1:${victim}`).waitFor({ timeout: 30_000 });
      // For the picture: the row stays for five seconds, which a busy machine may miss.
      await workbench
        .row('destroyed by Sockscope')
        .waitFor({ timeout: 4000 })
        .catch(() => {});
      await workbench.screenshot('4 destroyed');
      await echoClient.waitFor({ port: victim, errno: 'ECONNABORTED' });
      await echoServer.waitFor({ client: victim, errno: 'ECONNRESET' });
      await victimRow().waitFor({ state: 'hidden' });
    }),
  );

  await t.test('both programs and the other connection survive', () =>
    step('bystanders', async () => {
      assert.equal(echoClient.lives, true);
      assert.equal(echoServer.lives, true);
      assert.equal(await echoClient.echoes(bystander), true);
      assert.deepEqual(
        [...echoClient.messages, ...echoServer.messages].filter(({ errno }) => errno !== undefined),
        [
          { port: victim, errno: 'ECONNABORTED' },
          { client: victim, errno: 'ECONNRESET' },
        ],
      );
    }),
  );

  await t.test('after a reload, whose terminals are gone, the status bar shows the agent and stops it', () =>
    step('reload', async () => {
      await workbench.page.reload();
      const agent = workbench.status('agent');
      await agent.waitFor({ timeout: 60_000 });
      await workbench.screenshot('5 reloaded');
      await agent.click();
      await workbench.answerInput('Sockscope agent', 'Stop Agent');
      await workbench.toast('The agent was stopped.').waitFor();
      await agent.waitFor({ state: 'hidden' });
      // The broker removes it, after the agent.
      await until('the socket is gone', () => !existsSync(`/run/sockscope/${user.uid}/agent.sock`));
    }),
  );
});

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // it ended
      }
    });
}

it('R18: the password is in no command line, and in no file of the editor', () => {
  assert.deepEqual(
    commandLines().filter((line) => line.includes(user.password)),
    [],
  );
  const { status } = spawnSync('grep', ['-rqF', '--', user.password, dataFolderOf(user)]);
  assert.equal(status, 1, 'grep finds nothing');
});
