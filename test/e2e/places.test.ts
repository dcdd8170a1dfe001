/**
 * The real workbench in places where a part of Sockscope cannot work: the view says why, and what to do. By keyboard, as a plain user.
 */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { Story, type Window, without } from '../helpers/story';
import { dataFolderOf } from '../helpers/vscode-server';
import type { Workbench } from '../helpers/workbench';

let workbench: Workbench;

const story = new Story(async () => {});

const withoutSockDiag = resolve('test', 'helpers', 'victims', 'without_sock_diag.py');

/** Of setpriv: capabilities that no program can have, but these. */
const boundTo = (...names: readonly string[]) => [
  '--inh-caps=-all',
  `--bounding-set=-all,${names.map((name) => `+${name}`).join(',')}`,
];

/** The addon of the extension that the user has installed. */
function installedAddon(): string {
  const folder = join(dataFolderOf(story.user), 'extensions');
  const name = readdirSync(folder).find((entry) => entry.startsWith('sockscope.'));
  return join(folder, String(name), 'dist', 'sockscope.node');
}

/** A window with the view shown, closed after the work. */
async function inWindow(window: Window, work: () => Promise<void>): Promise<void> {
  await story.open({ context: { permissions: ['clipboard-read', 'clipboard-write'] }, ...window });
  ({ workbench } = story);
  await work();
  await story.close();
}

const welcome = () => workbench.page.locator('.welcome-view-content');

const clipboard = () => workbench.page.evaluate<string>('navigator.clipboard.readText()');

it('places where a part cannot work', { timeout: 600_000 }, async (t) => {
  await t.test('a container, in which root itself may not: the line for devcontainer.json is offered', () =>
    story.step('container', () =>
      inWindow(
        { around: { through: ['setpriv', ...boundTo('setuid', 'setgid', 'kill'), '--'] } },
        async () => {
          await workbench.openView('Sockscope');
          await workbench.row('Start Agent').waitFor();
          await workbench.message
            .filter({ hasText: 'None can start in this container: root lacks CAP_NET_ADMIN, CAP_SYS_PTRACE' })
            .waitFor();
          await workbench.enterTopRow();
          await workbench.toast(/^Root lacks .* in this container.* rebuild the container\.$/).waitFor();
          await workbench.screenshot('places container');
          await workbench.acceptToast();
          await workbench
            .toast('Copied. Put it into devcontainer.json, and rebuild the container.')
            .waitFor();
          const folder = `/run/sockscope/${story.user.uid}`;
          assert.equal(await clipboard(), `"runArgs": ["--volume=${folder}:${folder}"]`);
        },
      ),
    ),
  );

  await t.test('no sock_diag: an empty view says why', () =>
    story.step('no sock_diag', () =>
      inWindow({ around: { through: ['/usr/bin/python3', withoutSockDiag] } }, async () => {
        await workbench.openView('Sockscope');
        await welcome().filter({ hasText: 'has no sock_diag for TCP or UDP' }).waitFor();
        assert.doesNotMatch((await welcome().textContent()) ?? '', /None of your processes/);
        await workbench.screenshot('places no sock_diag');
      }),
    ),
  );

  await t.test('a native part that cannot be loaded: the view says so, with what to do', () =>
    story.step('no addon', () =>
      inWindow({ around: { through: without(installedAddon()) } }, async () => {
        await workbench.openView('Sockscope');
        await welcome().filter({ hasText: 'A file of Sockscope is missing or damaged' }).waitFor();
        await workbench.screenshot('places no addon');
        await workbench.runCommand('Sockscope: Start Agent');
        await workbench
          .toast(/^The native part of Sockscope is damaged: .* Install Sockscope again/)
          .waitFor();
      }),
    ),
  );
});
