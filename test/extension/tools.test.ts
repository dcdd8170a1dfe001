/** The tools for language models, invoked as by an extension outside of a chat: the workbench confirms all that it asks in tests. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SockscopeApi } from '../../extension/api';
import { commands, languageTools, settings } from '../../extension/base/ids';
import { PortServer } from './port-server';
import { Program } from './program';
import { activate, becomes, eventually, run } from './sockscope';

const root = process.getuid?.() === 0;

// biome-ignore lint/suspicious/noExplicitAny: whatever the tool answered; the assertions check it
async function invoke(tool: string, input: object): Promise<any> {
  const result = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined });
  const [part] = result.content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value);
}

async function set(setting: string, value: boolean | undefined): Promise<void> {
  await vscode.workspace.getConfiguration().update(setting, value, vscode.ConfigurationTarget.Global);
}

describe('tools for language models', () => {
  let api: SockscopeApi;
  let program: Program;

  before(async () => {
    api = await activate();
    program = await Program.start('127.0.0.1');
  });

  afterEach(async () => {
    for (const setting of [settings.toolsAllowDestructive, settings.toolsMcpServer])
      await set(setting, undefined);
  });

  after(async () => {
    if (api?.agent()?.mode === 'agent') await run(commands.stopAgent);
    program?.stop();
  });

  it('lists sockets', async () => {
    const { total, sockets } = await invoke(languageTools.list_sockets, {
      filter: `pid:${program.pid} state:listen`,
    });
    assert.equal(total, 1);
    assert.deepEqual(
      [sockets[0].local, sockets[0].processes[0].pid],
      [`127.0.0.1:${program.port}`, program.pid],
    );
  });

  it('explains a port', async () => {
    const { free, message } = await invoke(languageTools.explain_port, { port: program.port });
    assert.equal(free, false);
    assert.match(message, new RegExp(`pid ${program.pid}\\) listens`));
  });

  it('refuses words that a tool does not know', async () => {
    await assert.rejects(invoke(languageTools.list_sockets, { fliter: 'pid:1' }), /fliter/);
  });

  for (const tool of ['free_port', 'destroy_connection', 'drill_reconnect'] as const)
    it(`${tool} is off until the setting allows it`, async () => {
      const input = tool === 'free_port' ? { port: program.port } : { filter: `pid:${program.pid}` };
      await assert.rejects(invoke(languageTools[tool], input), /sockscope\.tools\.allowDestructive/);
      assert.ok(program.lives);
      for (const client of program.clients) assert.ok(await program.echoes(client));
    });

  it('are offered as an MCP server too, where the setting says so', async function () {
    this.timeout(60_000);
    const isOfServer = ({ name }: vscode.LanguageModelToolInformation) => /^mcp_.*list_sockets$/.test(name);
    const start = () =>
      vscode.commands.executeCommand('workbench.mcp.startServer', '*', {
        autoTrustChanges: true,
        waitForLiveTools: true,
      });
    await start();
    assert.equal(vscode.lm.tools.find(isOfServer), undefined);
    await set(settings.toolsMcpServer, true);
    const tool = await becomes(
      () => vscode.lm.tools.find(isOfServer),
      async () => void (await start()),
    );
    assert.ok(!vscode.lm.tools.some(({ name }) => /^mcp_.*free_port$/.test(name)));
    const { total } = await invoke(tool.name, { filter: `pid:${program.pid} state:listen` });
    assert.equal(total, 1);
  });

  it('frees a port', async () => {
    await set(settings.toolsAllowDestructive, true);
    const server = await PortServer.make();
    try {
      await server.hold();
      const { freed, steps } = await invoke(languageTools.free_port, { port: server.port });
      assert.deepEqual([freed, steps.length, steps[0].outcome], [true, 1, 'exited']);
    } finally {
      server.remove();
    }
  });

  it('says without an agent that it takes one', async () => {
    await set(settings.toolsAllowDestructive, true);
    assert.equal(api.agent()?.mode, 'observer');
    const input = { filter: `pid:${program.pid} remote:${program.port}`, all: true };
    await assert.rejects(invoke(languageTools.destroy_connection, input), /No agent runs\. Start Agent/);
    for (const client of program.clients) assert.ok(await program.echoes(client));
  });

  it(`destroys exactly one connection, and drills${root ? '' : ' (needs an extension host run by root)'}`, async function () {
    if (!root) this.skip();
    this.timeout(120_000);
    await set(settings.toolsAllowDestructive, true);
    await run(commands.startAgent);
    await eventually(api, () => api.agent()?.mode === 'agent');
    const [victim, bystander] = program.clients;
    const made = `pid:${program.pid} remote:${program.port}`;
    const several = await invoke(languageTools.destroy_connection, { filter: made });
    assert.match(several.message, /^2 connections match, and nothing was done/);
    const one = await invoke(languageTools.destroy_connection, { filter: `${made} port:${victim}` });
    assert.deepEqual([one.results.length, one.results[0].outcome], [1, 'destroyed']);
    assert.equal(await program.breaks(victim, 'client'), 'ECONNABORTED');
    assert.ok(await program.echoes(bystander));
    const { rounds } = await invoke(languageTools.drill_reconnect, { filter: made, times: 1, wait: '500ms' });
    assert.deepEqual([rounds.length, rounds[0].destroyed, rounds[0].recovered], [1, 1, 0]);
    assert.equal(await program.breaks(bystander, 'client'), 'ECONNABORTED');
  });
});
