/**
 * Every contributed command, from every kind of row that shows it, from the view's title and from the palette, called as by the
 * workbench. No combination of arguments may cause an unexpected error. A command that would end something is cancelled
 * at its question, or applied to a connection of the test.
 */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type DestroyedSocket, groupings, type Outage, type Subject } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { type CommandId, commands, detailsViewId, viewId } from '../../extension/base/ids';
import { treeItem } from '../../extension/tree/row-item';
import type { GroupNode, Node, SocketNode } from '../../extension/tree/view-window';
import { contributes, itemsOn } from './menus';
import { Program } from './program';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, eventually, groups, openProcess, rowOf, run, sockets } from './sockscope';
import { Victims } from './victims';

const root = process.getuid?.() === 0;

/** Messages for commands that have nothing to do; any other error message is a failure. */
const refusals: readonly RegExp[] = [
  /^There is no connection to destroy here\. /,
  /^There is nothing to copy: /,
  /^One connection, process or remote at a time: /,
  /^This is no connection that can be cut\.$/,
  /^The process that made this connection is not known here: /,
  /^Select a .* in the Sockscope view\.$/,
  / is protected: it carries an editor, /,
  /^The process with pid \d+ has ended$/,
];

/** The text that is typed and the choices that are made; every other dialog is closed. */
interface Answers {
  readonly types?: string;
  readonly chooses?: readonly (readonly [about: RegExp, choose: RegExp])[];
}

describe('every command', () => {
  let api: SockscopeApi;
  let user: ScriptedUser;
  let victims: Victims;
  const { openExternal } = vscode.env;
  /** Items of the rows' menus that were called. */
  const called = new Set<object>();
  /** Rows whose menus were called, by their contextValue. */
  const seen = new Set<string>();

  before(async () => {
    api = await activate();
    victims = await Victims.make();
    user = new ScriptedUser();
    vscode.env.openExternal = async () => true;
    await run(`${viewId}.focus`);
    await run(commands.show, 'everything');
  });

  after(async () => {
    user?.restore();
    vscode.env.openExternal = openExternal;
    if (api?.agent()?.mode === 'agent') await run(commands.stopAgent);
    await run(commands.clearFilter);
    await run(commands.groupBy, 'process');
    await run(commands.show, 'mine');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const terminal of vscode.window.terminals) terminal.dispose();
    victims?.remove();
  });

  beforeEach(async () => {
    // With this filter no group has sockets of other programs.
    await run(commands.filter, victims.filter());
    user.reset();
    user.answers(/^(Drill Reconnect|Hold Down)$/, /./);
    user.answers(/^Port \d+ is /, /Copy as Text/);
    user.answers(/^\//, /Integrated Terminal/);
  });

  async function calls<T>(command: string, ...args: unknown[]): Promise<T> {
    user.messages.length = 0;
    const result = await vscode.commands.executeCommand<T>(command, ...args);
    const mistakes = errors().filter((message) => !refusals.some((one) => one.test(message)));
    assert.deepEqual(mistakes, [], command);
    return result;
  }

  const errors = () =>
    user.messages.filter(({ kind }) => kind === 'showErrorMessage').map(({ message }) => message);

  /** Calls the command of a click and each menu item, alone and with other rows selected; once for each kind of row. */
  async function callsAllOn(node: Node, all: readonly Node[] = [node]): Promise<void> {
    const rowContext = { grouping: api.choices().groupBy, namespaces: [] };
    const { contextValue = '', command } = treeItem(node, rowContext, false);
    if (seen.has(contextValue)) return;
    const others = all.filter((other) => other !== node).slice(0, 3);
    if (command) await calls(command.command, ...(command.arguments ?? []));
    for (const item of itemsOn(viewId, contextValue)) {
      await calls(item.command, node);
      await calls(item.command, node, [node, ...others]);
      called.add(item);
    }
    seen.add(contextValue);
  }

  /** The connections that the program made to itself. */
  const aim = () => `pid:${victims.program.pid} remote:${victims.program.port}`;
  const port = () => `:${victims.program.port}`;

  /** For calls without a row, or with one of another kind. */
  const answers: Record<CommandId, () => Answers> = {
    [commands.destroyConnection]: () => ({
      chooses: [[/^Destroy Connection$/, new RegExp(`:${victims.program.clients[0]} -> `)]],
    }),
    [commands.destroyAtPeer]: () => ({}),
    [commands.destroyAll]: () => ({}),
    [commands.destroyNext]: () => ({
      types: aim(),
      chooses: [[/^Destroy Next Connection/, /established/]],
    }),
    [commands.drill]: () => ({ types: aim() }),
    [commands.holdDown]: () => ({ types: aim() }),
    [commands.stopOutage]: () => ({}),
    [commands.showTimeline]: () => ({}),
    [commands.whyBusy]: () => ({ types: port() }),
    [commands.freePort]: () => ({ types: port() }),
    [commands.startAgent]: () => ({}),
    [commands.stopAgent]: () => ({}),
    [commands.refresh]: () => ({}),
    [commands.filter]: () => ({ types: aim() }),
    [commands.clearFilter]: () => ({}),
    [commands.show]: () => ({ chooses: [[/^Show Sockets$/, /Everything/]] }),
    [commands.showEverything]: () => ({}),
    [commands.groupBy]: () => ({ chooses: [[/^Group Sockets By$/, /Process/]] }),
    [commands.showMore]: () => ({}),
    [commands.find]: () => ({}),
    [commands.goToPeer]: () => ({}),
    [commands.goToProgram]: () => ({}),
    [commands.openInBrowser]: () => ({}),
    [commands.revealWorkingDirectory]: () => ({}),
    [commands.copyAddress]: () => ({}),
    [commands.copyPid]: () => ({}),
    [commands.copyValue]: () => ({}),
    [commands.watchedPorts]: () => ({}),
    [commands.showLog]: () => ({}),
  };

  function prepare(command: string): void {
    const { types, chooses = [] } = answers[command as CommandId]();
    user.types(...(types === undefined ? [] : [types]));
    for (const [about, choose] of chooses) user.answers(about, choose);
  }

  it('has an entry in the table of answers', () =>
    assert.deepEqual(
      contributes()
        .commands.map(({ command }) => command)
        .sort(),
      Object.keys(answers).sort(),
    ));

  // The command that starts the agent is called with those that need it.
  for (const command of Object.keys(answers).filter((id) => id !== commands.startAgent))
    it(`works from the palette with nothing selected: ${command}`, async () => {
      assert.deepEqual(api.selection(), []);
      prepare(command);
      await calls(command);
    });

  for (const grouping of groupings)
    it(`works on rows by ${grouping}`, async () => {
      await run(commands.groupBy, grouping);
      await api.refresh();
      // The rows in the groups are the same for every grouping.
      if (grouping === 'process') for (const group of groups(api)) await open(group);
      const nodes = [...groups(api), ...sockets(api)];
      for (const node of nodes) await callsAllOn(node, nodes);
    });

  async function open(group: GroupNode): Promise<void> {
    await api.expand(group);
    await becomes(() => sockets(api, group).length > 0);
  }

  it('works on rows of closed sockets', async () => {
    const ended = await Program.start('127.0.0.1');
    await run(commands.groupBy, 'process');
    await run(commands.filter, `pid:${ended.pid}`);
    await openProcess(api, ended.pid);
    const row = await becomes(() => rowOf(api, ended.clients[0], ended.port));
    ended.stop();
    await becomes(() => row.row.mark === 'closed');
    await callsAllOn(row);
  });

  /** Nodes that the view has not made: kinds of rows that not every machine has, and the last line of a long list. */
  it('works on kinds of rows that cannot be created here', async () => {
    const subjects: Record<Subject['kind'], Subject> = {
      process: { kind: 'process', pid: 4_194_304, startTime: '1', name: 'gone', command: '' },
      port: { kind: 'port', port: victims.program.port, netns: 1 },
      remote: { kind: 'remote', address: '192.0.2.1', port: 5432, netns: 1 },
      container: { kind: 'container', id: 'a'.repeat(64), runtime: 'podman', name: null },
      namespace: { kind: 'namespace', netns: 1 },
      state: { kind: 'state', state: 'listen' },
      unnamed: { kind: 'unnamed' },
      ownerless: { kind: 'ownerless' },
      kernel: { kind: 'kernel' },
      listening: { kind: 'listening' },
      unconnected: { kind: 'unconnected' },
    };
    const parent = groups(api)[0];
    const counts = { listening: 0, connected: 0, others: 0 };
    for (const subject of Object.values(subjects)) {
      const group = { id: parent?.id ?? '', order: '', subject, counts, size: 0, holder: '' };
      await callsAllOn({ kind: 'group', id: group.id, group });
    }
    await callsAllOn({ kind: 'more', id: 'more', parent, shown: 200, total: 300 });
  });

  it('works on lines of the details', async () => {
    const parent = { kind: 'section', section: { id: 'health', label: 'Health', details: [] } };
    const line = { kind: 'detail', parent, detail: { name: 'State', value: 'established' } };
    for (const item of itemsOn(detailsViewId, 'detail')) {
      await calls(item.command, line);
      called.add(item);
    }
  });

  it('was called from every menu of a row', () =>
    assert.deepEqual(
      contributes().menus['view/item/context'].filter((item) => !called.has(item)),
      [],
    ));

  it("works from the view's title, which passes the focused row and all selected rows", async () => {
    await run(commands.groupBy, 'process');
    const group = await openProcess(api, victims.program.pid);
    const [row, other] = sockets(api, group);
    assert.ok(row && other);
    const ofAgent: readonly string[] = [commands.startAgent, commands.stopAgent];
    for (const { command } of contributes().menus['view/title'])
      for (const node of ofAgent.includes(command) ? [] : [group, row]) {
        prepare(command);
        await calls(command, node);
        assert.deepEqual(errors(), [], 'nothing has to be selected');
        await calls(command, node, [node, other]);
      }
  });

  it('names the parent of the process of a row, and opens its working directory', async () => {
    await run(commands.groupBy, 'process');
    const group = await openProcess(api, victims.program.pid);
    const row = rowOf(api, victims.program.clients[0], victims.program.port);
    assert.ok(row);
    for (const node of [group, row]) {
      await calls(commands.goToProgram, node);
      const started = new RegExp(
        `\\(pid ${victims.program.pid}\\) was not started by .* by: .*\\(pid ${process.pid}\\)`,
      );
      assert.match(user.messages[0]?.message ?? '', started);
      await calls(commands.revealWorkingDirectory, node);
      assert.equal(user.messages[0]?.message, process.cwd());
    }
  });

  describe(`with an agent, confirmed${root ? '' : ' (needs an extension host run by root)'}`, () => {
    before(async function () {
      if (!root) this.skip();
      await calls(commands.startAgent);
      await eventually(api, () => api.agent()?.mode === 'agent');
      await run(commands.groupBy, 'process');
    });

    /** Rows of new connections of the program to itself. */
    async function connections(): Promise<readonly [SocketNode, SocketNode]> {
      const { program } = victims;
      const [one, other] = [await program.connect(), await program.connect()];
      await run(commands.filter, victims.filter(one, other));
      await openProcess(api, program.pid);
      const row = (client: number) => eventually(api, () => rowOf(api, client, program.port));
      return [await row(one), await row(other)];
    }

    const outcomes = (results: readonly DestroyedSocket[]) => results.map(({ outcome }) => outcome);

    it('destroys rows', async () => {
      user.answers(/^Destroy .*\?$/, /^Destroy$/);
      const [row, other] = await connections();
      assert.deepEqual(outcomes(await calls(commands.destroyConnection, row, [row, other])), [
        'destroyed',
        'destroyed',
      ]);
    });

    it('destroys at the peer', async () => {
      user.answers(/^Destroy .*\?$/, /^Destroy$/);
      const [row] = await connections();
      assert.deepEqual(outcomes(await calls(commands.destroyAtPeer, row)), ['destroyed']);
    });

    it('waits for the next connection, whatever is selected', async () => {
      const [row, other] = await connections();
      prepare(commands.destroyNext);
      user.cancelsAfter(1000);
      await calls(commands.destroyNext, row, [row, other]);
    });

    it('holds down, and stops that', async () => {
      user.answers(/^Hold .*\?$/, /^Hold Down$/);
      const [row] = await connections();
      const { id } = await calls<Outage>(commands.holdDown, row);
      assert.equal((await calls<Outage>(commands.stopOutage)).id, id);
    });

    it('destroys all of a process', async () => {
      user.answers(/^Destroy .*\?$/, /^Destroy$/);
      const [{ parent }] = await connections();
      const results = await calls<readonly DestroyedSocket[]>(commands.destroyAll, parent);
      assert.ok(outcomes(results).includes('destroyed'));
      assert.equal(victims.program.lives, true);
    });
  });
});
