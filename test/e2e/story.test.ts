/**
 * One story in the real workbench, as a plain user whose sudo asks for a password: see a connection, destroy it, with
 * the agent started on the way. Its process and every other connection survive.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import type { PlainUser } from '../helpers/plain-user';
import { until } from '../helpers/programs';
import { Story } from '../helpers/story';
import type { StoryProgram } from '../helpers/story-program';
import { dataFolderOf } from '../helpers/vscode-server';
import type { Workbench } from '../helpers/workbench';

let user: PlainUser;
let workbench: Workbench;
let echoServer: StoryProgram;
let echoClient: StoryProgram;
let port: number;
let victim: number;
let bystander: number;

const story = new Story(async () => {
  echoServer = story.run('echo-server.mjs');
  port = (await echoServer.waitFor(({ port }) => port !== undefined)).port as number;
  echoClient = story.run('echo-client.mjs', String(port));
  const { ports } = await echoClient.waitFor(({ ports }) => ports !== undefined);
  [victim, bystander] = ports as [number, number];
  await story.open();
  ({ user, workbench } = story);
});

const victimRow = () => workbench.row(`TCP connection 127.0.0.1:${victim} to 127.0.0.1:${port}`);

it('destroying one connection from the tree', { timeout: 600_000 }, async (t) => {
  await t.test('the view shows the connection without a password', () =>
    story.step('tree', async () => {
      assert.match(await workbench.messageAtFirstRow('Sockscope'), /^Without the agent/);
      await workbench.widenSideBar(200);
      const group = workbench.row(`process id ${echoClient.pid}, has`);
      await group.waitFor();
      await workbench.expand(group);
      await victimRow().waitFor();
      // The picture of the README begins with this: no hover of the row that was clicked.
      await workbench.page.mouse.move(1000, 600);
      await workbench.page.locator('.workbench-hover').waitFor({ state: 'hidden' });
      await workbench.screenshot('1 tree');
    }),
  );

  await t.test('cancelling destroys nothing and starts no agent', () =>
    story.step('cancel', async () => {
      await workbench.openMenu(victimRow(), 'Destroy Connection');
      await workbench.screenshot('1 menu');
      await workbench.page.keyboard.press('Escape');
      await workbench.chooseFromMenu(victimRow(), 'Destroy Connection');
      const said = await story.question();
      assert.match(said, /ECONNABORTED/);
      assert.match(said, /ECONNRESET/);
      await workbench.screenshot('2 question');
      await workbench.answer('Cancel');
      assert.equal(await echoClient.echoes(victim), true);
      assert.equal(existsSync(`/run/sockscope/${user.uid}/agent.sock`), false);
    }),
  );

  await t.test('Ctrl-C instead of a password is one notification, which offers to try again', () =>
    story.step('no password', async () => {
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
    story.step('wrong password', async () => {
      await workbench.chooseFromMenu(victimRow(), 'Destroy Connection');
      await workbench.dialog.waitFor();
      await workbench.answer('Start Agent and Destroy');
      await workbench.terminalShows(/password[^:]*: *$/i);
      await workbench.screenshot('3 password');
      await story.enterPassword('not the password');
      await workbench.terminalShows(/sorry/i);
      await workbench.screenshot('3 wrong password');
      assert.equal(await echoClient.echoes(victim), true);
    }),
  );

  await t.test('with the right password the destroy continues by itself and reports the result', () =>
    story.step('destroy', async () => {
      await workbench.typeInTerminal(user.password);
      await workbench.toast(`127.0.0.1:${victim}`).waitFor();
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
    story.step('bystanders', async () => {
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
    story.step('reload', async () => {
      await workbench.page.reload();
      const agent = workbench.status('agent');
      await agent.waitFor();
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
