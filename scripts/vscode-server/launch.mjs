/** Starts the VS Code Server of build/vscode-server, or a copy of it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mark } from '../lib/processes.mjs';
import { Failure, output } from '../lib/run.mjs';
import { serverFolder } from './install.mjs';

/** A quiet workbench, with the DOM renderer for terminals, so that tests can read their text. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'terminal.integrated.gpuAcceleration': 'off',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
};

/** npm's own variables would make a node or npm in a terminal behave as if it were part of "npm start". */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
}

/** Ports of this machine are opened as they are: the proxy of code-server, which the workbench would use, does not run. */
const ownPorts = { VSCODE_PROXY_URI: '' };

const common = (dataFolder) => ['--accept-server-license-terms', '--server-data-dir', dataFolder];

/**
 * One server with its own data folder.
 * `as` is the user to run it: { uid, gid, home, name }; without it, the user of this process.
 * `through` is a command in front of it, which root runs and which replaces itself by the server.
 * `asksForTrust`: folders are opened in Restricted Mode until their user trusts them.
 */
export class VSCodeServer {
  #process;
  #log = '';
  #mark = new Mark();

  constructor({
    dataFolder,
    folder = serverFolder,
    settings = {},
    as,
    environment = {},
    through = [],
    asksForTrust = false,
  }) {
    this.dataFolder = dataFolder;
    this.folder = folder;
    this.as = as;
    this.environment = environment;
    this.through = through;
    this.asksForTrust = asksForTrust;
    const user = join(dataFolder, 'data', 'User');
    mkdirSync(user, { recursive: true });
    writeFileSync(join(user, 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
    if (as) output('chown', ['-R', `${as.uid}:${as.gid}`, dataFolder]);
  }

  #options() {
    const env = { ...cleanEnvironment(), ...ownPorts, ...this.environment, ...this.#mark.environment };
    if (!this.as) return { env };
    const { uid, gid, home, name } = this.as;
    for (const variable of Object.keys(env)) if (/^(SUDO_|XDG_)/.test(variable)) delete env[variable];
    const ids = this.through.length > 0 ? {} : { uid, gid };
    return {
      ...ids,
      cwd: home,
      env: { ...env, HOME: home, USER: name, LOGNAME: name, SHELL: '/bin/bash' },
    };
  }

  #command(args) {
    const { folder } = this;
    return [
      join(folder, 'node'),
      [join(folder, 'server', 'out', 'server-main.js'), ...args, ...common(this.dataFolder)],
    ];
  }

  /** The server itself runs as its user, whatever `through` is. */
  #withThrough([program, args]) {
    const [first, ...rest] = this.through;
    if (!first) return [program, args];
    const { uid, gid } = this.as;
    const ids = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
    return [first, [...rest, ...ids, program, ...args]];
  }

  installExtension(vsix) {
    return output(...this.#command(['--install-extension', vsix, '--force']), this.#options());
  }

  /** Resolves with the port once the server listens; port 0 takes any. */
  async start({ port = 0, args = ['--without-connection-token'] } = {}) {
    const listen = ['--host', '127.0.0.1', '--port', String(port)];
    const trust = this.asksForTrust ? [] : ['--disable-workspace-trust'];
    const stdio = ['ignore', 'pipe', 'pipe'];
    const command = this.#command([...listen, '--telemetry-level', 'off', ...trust, ...args]);
    this.#process = spawn(...this.#withThrough(command), {
      ...this.#options(),
      stdio,
      detached: true,
    });
    this.exited = once(this.#process, 'exit');
    return this.#listening();
  }

  #listening() {
    return new Promise((resolve, reject) => {
      const fail = (reason) => reject(new Failure(`VS Code Server ${reason}:\n${this.#log}`));
      const timer = setTimeout(fail, 60_000, 'did not listen within 60 s');
      const read = (chunk) => {
        this.#log = `${this.#log}${chunk}`.slice(-20_000);
        const port = /listening on (\d+)/.exec(this.#log)?.[1];
        if (port) {
          clearTimeout(timer);
          resolve(Number(port));
        }
      };
      this.#process.stdout.on('data', read);
      this.#process.stderr.on('data', read);
      this.#process.on('error', (error) => fail(error.message));
      this.#process.on('exit', () => fail('ended'));
    });
  }

  /** The end of the server's output. */
  get log() {
    return this.#log;
  }

  /** Ends the server and all programs in its terminals; resolves with the pids of processes that did not end. */
  stop() {
    return this.#mark.end();
  }
}
