/** A real VS Code Server with the packaged extension behind the probe, and its workbench in Chromium. */

import { once } from 'node:events';
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createServerFor, dataFolderOf, launchBrowser } from '../../../test/helpers/vscode-server';
import { Workbench } from '../../../test/helpers/workbench';

/** Without its search for the ports of servers: that reads all of /proc every two seconds, in the thread that is measured. */
const settings = { 'remote.autoForwardPortsSource': 'output' };

/** The view of floor-tree.mjs. */
function addFloor(manifestFile) {
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const { viewsContainers, views } = manifest.contributes;
  viewsContainers.activitybar.push({
    ...viewsContainers.activitybar[0],
    id: 'sockscopeFloor',
    title: 'Floor',
  });
  views.sockscopeFloor = [{ id: 'sockscopeFloor.rows', name: 'Floor' }];
  writeFileSync(manifestFile, JSON.stringify(manifest));
}

/** The probe takes the place of the extension's entry, and loads it. */
function installProbe(user) {
  const extensions = join(dataFolderOf(user), 'extensions');
  const name = readdirSync(extensions).find((one) => one.startsWith('sockscope.sockscope-'));
  const folder = join(extensions, name, 'dist');
  addFloor(join(extensions, name, 'package.json'));
  renameSync(join(folder, 'extension.js'), join(folder, 'measured.js'));
  copyFileSync(resolve('build', 'bench', 'probe.cjs'), join(folder, 'extension.js'));
}

/** Where a probe connects to. */
async function listen(stage) {
  const path = join(stage.user.home, 'bench.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  chownSync(path, stage.user.uid, stage.user.gid);
  stage.onClose(() => server.close());
  return server;
}

export class Host {
  #server;
  #page;
  #url;
  #socket;
  #lines;

  /** No window is open yet. */
  static async start(stage) {
    const host = new Host();
    const project = join(stage.user.home, 'project');
    mkdirSync(project);
    const vscode = await createServerFor(stage.user, settings);
    installProbe(stage.user);
    host.#server = await listen(stage);
    stage.onClose(() => host.#socket?.destroy());
    stage.onClose(() => vscode.stop());
    const port = await vscode.start();
    const browser = await launchBrowser();
    stage.onClose(() => browser.close());
    host.#page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
    host.#url = { port, project };
    return host;
  }

  /** Opens the window, or again, with a new extension host; resolves with what the activation cost. */
  async open() {
    const connected = once(this.#server, 'connection');
    this.#socket?.destroy();
    await new Workbench(this.#page).open(this.#url.port, this.#url.project);
    [this.#socket] = await connected;
    this.#lines = createInterface({ input: this.#socket });
    return this.#answer();
  }

  async #answer() {
    const [line] = await once(this.#lines, 'line');
    return JSON.parse(line);
  }

  /** One request at a time; probe.mjs has the acts. */
  async ask(act, given = {}) {
    const answer = this.#answer();
    this.#socket.write(`${JSON.stringify({ act, ...given })}\n`);
    const { value, error } = await answer;
    if (error !== undefined) throw new Error(`${act}: ${error}`);
    return value;
  }
}
