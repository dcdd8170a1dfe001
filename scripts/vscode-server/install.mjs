/**
 * Installs a real VS Code Server (the workbench, served to a browser) in build/vscode-server, from the npm registry
 * alone and without a compiler: the server is part of the code-server package, and its modules come prebuilt.
 */

import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { npm } from '../lib/npm.mjs';
import { build } from '../lib/paths.mjs';
import { Failure, main, output, run, step } from '../lib/run.mjs';

/** code-server's 4.N.P is VS Code 1.N.P; it needs Node 24, independent of the Node that runs this script. `layout`: of this install. */
const versions = { 'code-server': '4.139.1', node: '24.21.0', layout: 2 };

export const serverFolder = join(build, 'vscode-server');

/**
 * Modules that the server runs without. They need a compiler, belong to other platforms, or are large and unused here.
 * The built-in Git extension does not start without them; nothing else is known to fail.
 */
const leftOut = new Set([
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@vscode/copilot-api',
  '@vscode/deviceid',
  '@vscode/fs-copyfile',
  '@vscode/native-watchdog',
  '@vscode/sandbox-runtime',
  '@vscode/sqlite3',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'kerberos',
  'ssh2',
]);

const nodePackage = () => `node-linux-${process.arch}`;

const quietly = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];

async function installNode(folder) {
  const home = join(folder, 'node24');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }));
  // Under "npm start" npm's settings arrive as environment variables and would point at this project.
  await npm(['install', '--prefix', home, ...quietly, `${nodePackage()}@${versions.node}`], { cwd: home });
  symlinkSync(join('node24', 'node_modules', nodePackage(), 'bin', 'node'), join(folder, 'node'));
}

async function unpackServer(folder) {
  const name = `code-server@${versions['code-server']}`;
  await npm(['pack', name, '--silent', '--pack-destination', folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const archive = join(folder, `code-server-${versions['code-server']}.tgz`);
  await run('tar', ['-xzf', archive, '-C', folder, 'package/lib/vscode']);
  rmSync(archive);
  renameSync(join(folder, 'package', 'lib', 'vscode'), join(folder, 'server'));
  rmSync(join(folder, 'package'), { recursive: true });
}

/** The direct dependencies in a folder of the server, at the versions it was released with. */
function dependenciesIn(folder) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'npm-shrinkwrap.json'), 'utf8'));
  const names = Object.keys(packages[''].dependencies).filter((name) => !leftOut.has(name));
  return Object.fromEntries(names.map((name) => [name, packages[`node_modules/${name}`].version]));
}

/** `at`: the server, or its extensions, which need TypeScript to open a JavaScript file. */
async function installModulesOf(at, folder) {
  const modules = join(folder, 'modules');
  mkdirSync(modules);
  const wanted = { private: true, dependencies: dependenciesIn(at) };
  writeFileSync(join(modules, 'package.json'), JSON.stringify(wanted));
  await npm(['install', '--prefix', modules, '--omit=dev', ...quietly], { cwd: modules });
  rmSync(join(at, 'node_modules'), { recursive: true, force: true });
  renameSync(join(modules, 'node_modules'), join(at, 'node_modules'));
  rmSync(modules, { recursive: true });
}

async function installModules(folder) {
  const server = join(folder, 'server');
  await installModulesOf(server, folder);
  await installModulesOf(join(server, 'extensions'), folder);
  const logger = join(server, 'node_modules', '@vscode', 'spdlog', 'index.js');
  cpSync(new URL('spdlog.cjs', import.meta.url), logger);
}

function isInstalled() {
  const stamp = join(serverFolder, 'versions.json');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === JSON.stringify(versions);
}

/** Installs in another folder and moves it at the end, so that an interrupted install does not count as complete. */
async function install() {
  const partial = `${serverFolder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await step(`  Node.js ${versions.node}`, () => installNode(partial));
  await step(`  code-server ${versions['code-server']}, for its VS Code Server`, () => unpackServer(partial));
  await step('  The modules of the server', () => installModules(partial));
  output('chmod', ['-R', 'a+rX', partial]);
  writeFileSync(join(partial, 'versions.json'), JSON.stringify(versions));
  rmSync(serverFolder, { recursive: true, force: true });
  renameSync(partial, serverFolder);
}

export async function installServer() {
  if (isInstalled()) return;
  if (!['x64', 'arm64'].includes(process.arch))
    throw new Failure(`There is no VS Code Server for ${process.arch}.`);
  await step('Install VS Code Server from npm (about 540 MB)', install);
}

await main(import.meta.url, installServer);
