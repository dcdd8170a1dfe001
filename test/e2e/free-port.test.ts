/**
 * One story in the real workbench, as a plain user without an agent or a password: a server is started a second time, its
 * port is in use, the editor names the holder, frees the port, and runs the command again.
 */

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import type { PlainUser } from '../helpers/plain-user';
import { until } from '../helpers/programs';
import { Story } from '../helpers/story';
import { serverFolderOf } from '../helpers/vscode-server';
import type { Workbench } from '../helpers/workbench';

let user: PlainUser;
let workbench: Workbench;
let port: number;
let first: number;

/** The first from 3000 on that is free. */
async function freePortFrom(candidate: number): Promise<number> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(candidate, () => probe.close(() => resolve(true)));
  });
  return free ? candidate : freePortFrom(candidate + 1);
}

/** A project with a server; the user's shells find the server's Node.js, and have a short prompt. */
const story = new Story(async () => {
  port = await freePortFrom(3000);
  ({ user } = story);
  story.copy('server.mjs', story.project);
  const lines = [`export PATH="${serverFolderOf(user)}:$PATH" PORT=${port}`, "PS1='\\W\\$ '", ''];
  appendFileSync(join(user.home, '.bashrc'), lines.join('\n'));
  await story.open();
  ({ workbench } = story);
});

/** Waits for an answer on the port; resolves with the pid of the server. */
const serverPid = () => until('a server answers', async () => Number(await ask()) || undefined);

/** The body of the server's answer, empty without one. Closes the connection first, so that the server has no time-wait. */
function ask(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    const finish = (body: string) => {
      socket.end();
      socket.once('close', () => resolve(body));
    };
    socket.once('data', (data) => finish(/\r\n\r\n(?:\w+\r\n)?(\d+)/.exec(data.toString())?.[1] ?? ''));
    socket.once('error', () => resolve(''));
  });
}

/** Command lines of the user's processes, by pid. */
function processesOfUser(): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      if (statSync(`/proc/${name}`).uid !== user.uid) continue;
      found.set(Number(name), readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // it ended
    }
  }
  return found;
}

const runs = (pattern: RegExp) => [...processesOfUser().values()].filter((line) => pattern.test(line));

const inUse = () => `Port ${port} is in use: node server.mjs (pid ${first}).`;

it('a port in use, from the error to the server running again', { timeout: 600_000 }, async (t) => {
  await t.test('a server runs, and no process of Sockscope', () =>
    story.step('server', async () => {
      await workbench.openTerminal();
      await workbench.typeInTerminal('node server.mjs');
      await workbench.terminalShows(/listening on/);
      first = await serverPid();
      assert.deepEqual(runs(/agent\.js (observe|serve)/), []);
    }),
  );

  await t.test('when it is started a second time, a notification names the holder of its port', () =>
    story.step('in use', async () => {
      await workbench.openTerminal();
      await workbench.typeInTerminal('node server.mjs');
      await workbench.terminalShows(/EADDRINUSE/);
      await workbench.toast(inUse()).waitFor();
      await workbench.screenshot('free port 1 in use');
    }),
  );

  await t.test('the address in the terminal is a link to the same actions', () =>
    story.step('link', async () => {
      await workbench.closeToast(inUse());
      await workbench.runCommand('View: Toggle Maximized Panel');
      await workbench.terminalShows(/Error: listen EADDRINUSE/);
      await workbench.followTerminalLink(`:::${port}`);
      await workbench.toast(inUse()).waitFor();
      await workbench.screenshot('free port 1 link');
      await workbench.runCommand('View: Toggle Maximized Panel');
    }),
  );

  await t.test('one question lists the steps', () =>
    story.step('question', async () => {
      await workbench.clickInToast(inUse(), `Free Port ${port}`);
      const said = await story.question();
      assert.match(said, new RegExp(`Free port ${port}\\?`));
      assert.match(said, new RegExp(`SIGTERM goes to node \\(pid ${first}\\) alone`));
      assert.doesNotMatch(said, /password/);
      await workbench.screenshot('free port 2 question');
      assert.equal(await serverPid(), first);
      await workbench.answer(`End node (pid ${first})`);
    }),
  );

  await t.test('the port is free', () =>
    story.step('freed', async () => {
      await workbench.toast(`Port ${port} is free`).waitFor();
      await workbench.screenshot('free port 3 freed');
      assert.equal(processesOfUser().has(first), false);
    }),
  );

  await t.test('the command runs again in its terminal', () =>
    story.step('again', async () => {
      await workbench.clickInToast(`Port ${port} is free`, 'Run Again');
      await workbench.terminalShows(/EADDRINUSE.*node server\.mjs.*listening on/s);
      const second = await serverPid();
      assert.notEqual(second, first);
      assert.match(processesOfUser().get(second) ?? '', /server\.mjs/);
      await workbench.screenshot('free port 4 again');
    }),
  );

  await t.test('no password was needed, and no agent was started', () => {
    assert.equal(existsSync(`/run/sockscope/${user.uid}/agent.sock`), false);
    assert.deepEqual(runs(/\bsudo\b|agent\.js serve/), []);
  });
});
