/** Hovers and code lenses on ports in documents, and the watched ports in the status bar. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { SockscopeApi } from '../../extension/api';
import { commands, settings } from '../../extension/base/ids';
import { Program } from './program';
import { activate, becomes, pause } from './sockscope';

async function set(setting: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(setting, value, vscode.ConfigurationTarget.Global);
}

/** A free port. */
async function freePort(): Promise<number> {
  const server = await listen(0);
  const port = portOf(server);
  await close(server);
  return port;
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

describe('port hints', () => {
  let program: Program;
  let free: number;
  const folder = mkdtempSync(join(tmpdir(), 'sockscope-hints-'));

  before(async () => {
    await activate();
    program = await Program.start('127.0.0.1');
    free = await freePort();
  });

  after(async () => {
    await set(settings.portHints, undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    program?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string, text: string): Promise<vscode.TextDocument> {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return vscode.workspace.openTextDocument(vscode.Uri.file(path));
  }

  /** The contents of Sockscope's hover on the first such text; empty without one. */
  async function hover(document: vscode.TextDocument, on: string): Promise<vscode.MarkdownString[]> {
    const at = document.getText().indexOf(on);
    assert.ok(at >= 0);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      document.positionAt(at + 1),
    );
    const parts = hovers.map(({ contents }) =>
      contents.filter((one) => one instanceof vscode.MarkdownString),
    );
    return parts.find((contents) => contents.some(({ value }) => value.includes(commands.whyBusy))) ?? [];
  }

  async function lenses(document: vscode.TextDocument): Promise<string[]> {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      100,
    );
    return found.map(({ command }) => command?.title ?? '');
  }

  const holder = () => `node program.cjs (pid ${program.pid}), ${program.clients.length} connections`;

  it('name the holder of a port, and have only the links Why and Free', async () => {
    const document = await open('.env', `NAME=x\nPORT=${program.port}\n`);
    const [said, links] = await hover(document, String(program.port));
    assert.ok(said && links);
    assert.ok(said.value.includes(`${program.port}: ${holder()}`), said.value);
    assert.ok(!said.isTrusted, 'names in it may do nothing');
    assert.deepEqual(links.isTrusted, { enabledCommands: [commands.whyBusy, commands.freePort] });
    for (const id of [commands.whyBusy, commands.freePort])
      assert.ok(links.value.includes(`(command:${id}?${encodeURIComponent(`[${program.port}]`)} `));
    assert.doesNotMatch(links.value, /program/);
  });

  it('report a free port', async () => {
    const document = await open('.env.local', `PORT=${free}\n`);
    const [said, links] = await hover(document, String(free));
    assert.ok(said?.value.includes(`${free}: free`), said?.value);
    assert.ok(links && !links.value.includes(commands.freePort));
  });

  it('appear on ports only', async () => {
    const document = await open('other/.env', `TIMEOUT=${program.port}\nPORT=${free}\n`);
    assert.deepEqual(await hover(document, String(program.port)), []);
    assert.equal((await hover(document, String(free))).length, 2);
  });

  for (const [name, text] of [
    ['package.json', '{ "scripts": { "dev": "vite --port PORT" } }'],
    ['docker-compose.yml', 'services:\n  web:\n    ports:\n      - "PORT:80"\n'],
    ['compose.dev.yaml', 'services:\n  web:\n    ports:\n      - PORT:80\n'],
    ['.vscode/launch.json', '{ "configurations": [{ "port": PORT }] }'],
    ['.vscode/tasks.json', '{ "tasks": [{ "command": "serve -p PORT" }] }'],
    ['server.js', 'require("http").createServer().listen(PORT);'],
    ['server.ts', 'const port: number = PORT;'],
    ['server.py', 'app.run(port=PORT)'],
  ] as const)
    it(`are in ${name}`, async () => {
      const document = await open(name, text.replace('PORT', String(program.port)));
      const [said] = await hover(document, String(program.port));
      assert.ok(said?.value.includes(holder()), said?.value);
    });

  it('follow the setting', async () => {
    const document = await open('.env.both', `PORT=${program.port}\nFREE_PORT=${free}\n`);
    const both = [`${program.port}: ${holder()}`, `${free}: free`];
    /** A setting comes to those who show something a moment after it was changed. */
    async function assertShows(texts: readonly string[], hovers: number): Promise<void> {
      const shown = async () => [
        await lenses(document),
        (await hover(document, String(program.port))).length,
      ];
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; await pause(50))
        if (isDeepStrictEqual(await shown(), [texts, hovers])) return;
      assert.deepEqual(await shown(), [texts, hovers]);
    }
    await assertShows([], 2); // no lenses unless asked for
    await set(settings.portHints, 'codeLens');
    await assertShows(both, 0);
    await set(settings.portHints, 'both');
    await assertShows(both, 2);
    await set(settings.portHints, 'off');
    await assertShows([], 0);
    await set(settings.portHints, undefined);
    await assertShows([], 2);
  });
});

describe('watched ports', () => {
  let api: SockscopeApi;
  let first: number;
  let second: number;
  let server: Server | undefined;

  before(async () => {
    api = await activate();
    first = await freePort();
    second = await freePort();
  });

  after(async () => {
    await set(settings.watchedPorts, undefined);
    server?.close();
  });

  const text = () => api.watchedPorts()?.text;

  it('are none without the setting', () => assert.equal(api.watchedPorts(), undefined));

  it('appear in the status bar as soon as the setting has some', async () => {
    await set(settings.watchedPorts, [first, second]);
    await becomes(() => text() === `$(plug) ${first} free · ${second} free`);
  });

  it('change to busy and free at once', async () => {
    server = await listen(first);
    await becomes(() => text() === `$(plug) ${first} busy · ${second} free`);
    assert.match(
      api.watchedPorts()?.tooltip ?? '',
      new RegExp(`^${first}: .*\\(pid ${process.pid}\\), since `, 'm'),
    );
    await close(server);
    await becomes(() => text() === `$(plug) ${first} free · ${second} free`);
    assert.match(api.watchedPorts()?.tooltip ?? '', new RegExp(`^${first}: nobody listens, since `, 'm'));
  });

  const root = process.getuid?.() === 0;

  it(`continue when an agent starts and ends${root ? '' : ' (needs an extension host run by root)'}`, async function () {
    if (!root) this.skip();
    await vscode.commands.executeCommand(commands.startAgent);
    await becomes(() => api.agent()?.mode === 'agent');
    server = await listen(second);
    await becomes(() => text() === `$(plug) ${first} free · ${second} busy`);
    await vscode.commands.executeCommand(commands.stopAgent);
    await becomes(() => api.agent()?.mode === 'observer');
    await close(server);
    await becomes(() => text() === `$(plug) ${first} free · ${second} free`);
  });

  it('show mistakes in the setting', async () => {
    await set(settings.watchedPorts, [second, 'x']);
    await becomes(() => text() === `$(warning) ${second} free`);
    assert.match(api.watchedPorts()?.tooltip ?? '', /^"x" is not a port/m);
  });

  it('disappear with the setting', async () => {
    await set(settings.watchedPorts, []);
    await becomes(() => api.watchedPorts() === undefined);
  });
});
