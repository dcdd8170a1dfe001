/** The view, its commands and its rows without an agent. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import { formatTuple } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { commands, settings } from '../../extension/base/ids';
import { treeItem } from '../../extension/tree/row-item';
import { Program } from './program';
import {
  activate,
  becomes,
  eventually,
  groupOf,
  groups,
  openProcess,
  rowOf,
  run,
  sockets,
} from './sockscope';

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
      await openProcess(api, program.pid);
    });

    after(async () => {
      await run(commands.clearFilter);
      program.stop();
    });

    const tuples = () => sockets(api, groupOf(api, program.pid)).map(({ row }) => formatTuple(row.socket));

    it('shows a process with its sockets, the listening one first', () => {
      const { port } = program;
      assert.equal(tuples()[0], `${written}:${port}`);
      for (const client of program.clients) {
        assert.ok(tuples().includes(`${written}:${port} -> ${written}:${client}`));
        assert.ok(tuples().includes(`${written}:${client} -> ${written}:${port}`));
      }
      assert.equal(tuples().length, 5);
    });

    it('gets no rows of closed groups', async () => {
      const group = groupOf(api, program.pid);
      assert.ok(group);
      // Again where the workbench was reading the tree anew.
      await becomes(
        () => groups(api).every((one) => api.rows(one).length === 0),
        async () => run('workbench.actions.treeView.sockscope.sockets.collapseAll'),
      );
      await openProcess(api, program.pid);
      for (const other of groups(api)) if (other !== group) assert.deepEqual(api.rows(other), []);
    });

    it('has the peer of a connection', () => {
      const [client] = program.clients;
      const peer = rowOf(api, client, program.port)?.row.socket.peer;
      assert.deepEqual(peer?.local.port, program.port);
      assert.deepEqual(
        peer?.owners.map(({ pid }) => pid),
        [program.pid],
      );
    });

    it('has user and age of the process in the tooltips of its rows', async () => {
      const runs = /\nRuns as \S+ since .+, [\d.]+ (ms|s|min( [\d.]+ s)?) ago\.$/;
      const row = rowOf(api, program.port, null);
      const group = groupOf(api, program.pid);
      assert.ok(row && group);
      for (const node of [group, row]) assert.match((await api.tooltip(node)) ?? '', runs);
    });

    it('keeps the rows when it refreshes', async () => {
      const before = sockets(api, groupOf(api, program.pid));
      await api.refresh();
      const after = sockets(api, groupOf(api, program.pid));
      assert.equal(after.length, before.length);
      for (const [index, row] of before.entries()) assert.equal(after[index], row);
    });

    it('shows a new connection without a refresh', async () => {
      const client = await program.connect();
      await becomes(() => rowOf(api, client, program.port));
    });

    it('groups by process, port, remote, container and state', async () => {
      const { port } = program;
      // Other programs of the machine may use the same port, at other addresses or in other namespaces.
      await run(commands.filter, `pid:${program.pid}`);
      await run(commands.groupBy, 'port');
      const byPort = groups(api).find(
        ({ group: { subject } }) => subject.kind === 'port' && subject.port === port,
      );
      assert.deepEqual(byPort?.group.counts, { listening: 1, connected: 3, others: 0 });
      await run(commands.clearFilter);
      await run(commands.groupBy, 'remote');
      assert.ok(groups(api).some(({ group: { subject } }) => subject.kind === 'listening'));
      await run(commands.groupBy, 'container');
      assert.ok(
        groups(api).every(({ group: { subject } }) => ['container', 'namespace'].includes(subject.kind)),
      );
      await run(commands.groupBy, 'state');
      assert.ok(
        groups(api).some(
          ({ group: { subject } }) => subject.kind === 'state' && subject.state === 'established',
        ),
      );
      await run(commands.groupBy, 'process');
      assert.equal(tuples().length, 7, 'the group is open as before');
    });

    it('filters, and shows everything after the filter is cleared', async () => {
      const [victim] = program.clients;
      await run(commands.filter, `pid:${program.pid} :${victim}`);
      assert.deepEqual(tuples(), [`${written}:${victim} -> ${written}:${program.port}`]);
      assert.match(api.message() ?? '', new RegExp(`filter pid:${program.pid} :${victim}: 1 socket`));
      await run(commands.clearFilter);
      assert.equal(api.choices().filter, '');
      await eventually(api, () => groups(api).length > 1 && rowOf(api, program.port, null));
    });

    it('refuses an invalid filter and keeps the one before', async () => {
      await run(commands.filter, `pid:${program.pid}`);
      await run(commands.filter, 'prot:tcp');
      assert.equal(api.choices().filter, `pid:${program.pid}`);
      assert.equal(groups(api).length, 1);
    });
  });
}

/** A server that closes its ten connections, and clients that do not. */
const leaking = `const net = require('net');
const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1', () => {
  const to = { port: server.address().port, host: '127.0.0.1', allowHalfOpen: true };
  for (let count = 0; count < 10; count++) net.connect(to).resume();
});`;

describe('a process that does not close its connections', () => {
  it('has a warning, with the reason in its tooltip', async () => {
    const api = await activate();
    const program = spawn(process.execPath, ['-e', leaking], { stdio: 'ignore' });
    try {
      await run('sockscope.sockets.focus');
      const group = await becomes(() => {
        const found = groupOf(api, program.pid ?? 0);
        return found && found.group.unclosed >= 10 && found;
      });
      const { iconPath, description } = treeItem(group, { grouping: 'process', namespaces: [] }, false);
      assert.deepEqual([(iconPath as vscode.ThemeIcon).id], ['warning']);
      assert.match(String(description), /^10 not closed · /);
      assert.match((await api.tooltip(group)) ?? '', /^10 connections are in close-wait: /m);
    } finally {
      program.kill();
    }
  });
});
