/** Show History and Who Talked to This?, with connections of a program. */

import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import * as vscode from 'vscode';
import type { SockscopeApi } from '../../extension/api';
import { commands, settings, viewId } from '../../extension/base/ids';
import type { HistoryRow } from '../../extension/history/history-view';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, run } from './sockscope';

const root = process.getuid?.() === 0;

/** Whether the end that was connected to, or that listens, is that of the port. */
const hasPort = (ends: string, port: number) =>
  ends.endsWith(` → 127.0.0.1:${port}`) || ends.startsWith(`127.0.0.1:${port} ←`);

const panels = () =>
  vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ label }) => label === 'History');

describe(`the history${root ? '' : ' (needs an extension host run by root)'}`, () => {
  let api: SockscopeApi;
  let user: ScriptedUser;
  let server: Server;
  let port: number;
  before(async function () {
    if (!root) this.skip();
    api = await activate();
    user = new ScriptedUser();
    server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
    await run(`${viewId}.focus`);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await becomes(() => panels().length === 0);
  });
  after(async () => {
    user?.restore();
    server?.close();
    await vscode.workspace
      .getConfiguration()
      .update(settings.history, undefined, vscode.ConfigurationTarget.Global);
    if (api?.agent()?.mode === 'agent') await run(commands.stopAgent);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });

  const talk = (to: number) =>
    new Promise<string>((resolve) => {
      const socket = connect(to, '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      socket.on('end', () => resolve(text));
    });

  const rows = () => api.history().rows;
  const ofPort = (to: number) => rows().filter(({ ends }) => hasPort(ends, to));

  it('says that an agent is needed, and starts none', async () => {
    await run(commands.showHistory);
    await run(commands.showHistory);
    await becomes(() => panels().length === 1);
    assert.match(api.history().status, /^The agent keeps the history, and none runs/);
    assert.equal(api.agent()?.mode, 'observer');
  });

  it('has both ends of what opens and ends, and what is refused', async () => {
    await run(commands.startAgent);
    await becomes(() => /^TCP connections since .*nothing is missing/.test(api.history().status));
    assert.equal(await talk(port), 'hello');
    assert.equal(await talk(1), 'ECONNREFUSED');
    const ended = await becomes(() => {
      const found = ofPort(port).filter(({ kind }) => kind === 'ended');
      return found.length === 2 && found;
    });
    const sides = ended.map(({ isIncoming, process }) => [isIncoming, process]);
    const self = rows().find(({ kind }) => kind === 'failed')?.process;
    assert.match(self ?? '', new RegExp(`\\(${process.pid}\\)$`));
    assert.deepEqual(
      sides.sort(),
      [
        [true, self],
        [false, self],
      ].sort(),
    );
    const out = ended.find(({ isIncoming }) => !isIncoming) as HistoryRow;
    assert.match(out.ends, new RegExp(`^127\\.0\\.0\\.1:\\d+ → 127\\.0\\.0\\.1:${port}$`));
    assert.match(out.numbers, /^open for .* · 0 B sent, 5 B received$/);
    assert.equal(out.reason, 'closed by peer');
    const [refused] = rows().filter(({ kind, ends }) => kind === 'failed' && hasPort(ends, 1));
    assert.equal(refused?.reason, 'refused (ECONNREFUSED)');
  });

  it('Who Talked to This? has those of the port alone', async () => {
    await run(commands.whoTalked, port);
    await becomes(() => rows().length > 0 && rows().every(({ ends }) => hasPort(ends, port)));
    assert.equal(await talk(1), 'ECONNREFUSED');
    assert.equal(await talk(port), 'hello');
    await becomes(() => ofPort(port).filter(({ kind }) => kind === 'ended').length === 4);
    assert.equal(ofPort(1).length, 0);
  });

  it('the setting keeps it while the panel is closed', async () => {
    await vscode.workspace
      .getConfiguration()
      .update(settings.history, true, vscode.ConfigurationTarget.Global);
    // The write is over before this host has heard of it.
    await becomes(() => vscode.workspace.getConfiguration().get(settings.history) === true);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await becomes(() => panels().length === 0);
    assert.equal(await talk(port), 'hello');
    await run(commands.showHistory);
    await becomes(() => ofPort(1).length > 0 && ofPort(port).length > 0); // it begins without a filter
    await run(commands.whoTalked, port);
    await becomes(() => ofPort(port).filter(({ kind }) => kind === 'ended').length === 6);
  });
});
