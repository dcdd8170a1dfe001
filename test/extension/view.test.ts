/** The view, its commands and what it shows without an agent. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { formatTuple } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { commands, settings } from '../../extension/ids';

import { Program } from './program';
import { activate, eventually, groupOf, groups, rowOf, run } from './sockscope';

describe('the extension', () => {
  before(activate);

  it('registers every command that it names', async () => {
    const known = await vscode.commands.getCommands(true);
    for (const id of Object.values(commands)) assert.ok(known.includes(id), id);
  });

  it('has a default for every setting', () => {
    for (const id of Object.values(settings))
      assert.notEqual(vscode.workspace.getConfiguration().inspect(id)?.defaultValue, undefined, id);
  });
});

for (const [family, host, written] of [
  ['IPv4', '127.0.0.1', '127.0.0.1'],
  ['IPv6', '::1', '[::1]'],
] as const) {
  describe(`the view, over ${family}`, () => {
    let api: SockscopeApi;
    let program: Program;

    before(async () => {
      api = await activate();
      program = await Program.start(host);
      await run('sockscope.sockets.focus');
      await eventually(api, () => groupOf(api, program.pid));
    });

    after(async () => {
      await run(commands.clearFilter);
      program.stop();
    });

    it('shows a process with its sockets, the listening one first', () => {
      const rows = groupOf(api, program.pid)?.sockets.map(({ socket }) => formatTuple(socket)) ?? [];
      const { port } = program;
      assert.equal(rows[0], `${written}:${port}`);
      for (const client of program.clients) {
        assert.ok(rows.includes(`${written}:${port} -> ${written}:${client}`));
        assert.ok(rows.includes(`${written}:${client} -> ${written}:${port}`));
      }
      assert.equal(rows.length, 5);
    });

    it('keeps the rows as they are when it looks again', async () => {
      const before = groupOf(api, program.pid)?.sockets;
      await api.refresh();
      const after = groupOf(api, program.pid)?.sockets;
      assert.ok(before && after);
      assert.equal(after.length, before.length);
      for (const [index, row] of before.entries()) assert.equal(after[index], row);
    });

    it('looks by itself while it is visible', async () => {
      const client = await program.connect();
      const deadline = Date.now() + 10_000;
      while (!rowOf(api, client, program.port)) {
        assert.ok(Date.now() < deadline, 'the row comes within 10 s');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });

    it('cycles through process, port and remote', async () => {
      assert.equal(await run(commands.cycleGrouping), 'port');
      const { port } = program;
      const byPort = groups(api).find(({ subject }) => subject.kind === 'port' && subject.port === port);
      assert.equal(byPort?.sockets.length, 4);
      assert.equal(await run(commands.cycleGrouping), 'remote');
      assert.ok(groups(api).some(({ subject }) => subject.kind === 'listening'));
      assert.equal(await run(commands.cycleGrouping), 'process');
      assert.ok(groupOf(api, program.pid));
    });

    it('filters, and shows all again', async () => {
      const [victim] = program.clients;
      await run(commands.filter, `pid:${program.pid} :${victim}`);
      const shown = groups(api).flatMap(({ sockets }) => sockets.map(({ socket }) => formatTuple(socket)));
      assert.deepEqual(shown, [`${written}:${victim} -> ${written}:${program.port}`]);
      await run(commands.clearFilter);
      assert.equal(api.filter(), '');
      assert.ok(rowOf(api, program.port, null));
    });

    it('refuses a filter with a mistake and keeps the one before', async () => {
      await run(commands.filter, `pid:${program.pid}`);
      await run(commands.filter, 'prot:tcp');
      assert.equal(api.filter(), `pid:${program.pid}`);
      assert.equal(groups(api).length, 1);
    });
  });
}
