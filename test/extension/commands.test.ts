/**
 * Every contributed command, from every kind of row that shows it, from the view's title and from the palette, called as by the
 * workbench. No combination of arguments may cause an unexpected error. A command that would end something is cancelled
 * at its question, or applied to a connection of the test.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type DestroyedSocket, groupings, type Outage, type Subject } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { type CommandId, commands, detailsViewId, viewId } from '../../extension/base/ids';
import { rowKinds, treeItem } from '../../extension/tree/row-item';
import type { GroupNode, Node, SocketNode } from '../../extension/tree/view-window';
import { contributes, itemsOn } from './menus';
import { Program } from './program';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, eventually, groups, openProcess, rowOf, run, sockets } from './sockscope';
import { Stranger } from './stranger';
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
  /^All of these connections are locked: /,
  /^The process with pid \d+ has ended$/,
  / is closed already\.$/, // the leftover in time-wait, which the kernel forgets after a minute
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
    user.answers(/^(Port \d+|\S+:\d+) is /, /Copy as Text/);
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
      chooses: [[/^Destroy Connection$/, new RegExp(`:${victims.program.clients[0]} → `)]],
    }),
    [commands.destroyListener]: () => ({}),
    [commands.destroyAtPeer]: () => ({}),
    [commands.destroyAll]: () => ({}),
    [commands.destroyNext]: () => ({
      types: aim(),
      chooses: [[/^Destroy Next Connection/, /established/]],
    }),
    [commands.drill]: () => ({ types: aim() }),
    [commands.holdDown]: () => ({ types: aim() }),
    [commands.degrade]: () => ({ types: aim() }),
    [commands.stopOutage]: () => ({}),
    [commands.wouldNotice]: () => ({}),
    [commands.tune]: () => ({}),
    [commands.capturePackets]: () => ({ types: aim() }),
    [commands.showTimeline]: () => ({}),
    [commands.showHistory]: () => ({}),
    [commands.whoTalked]: () => ({ types: port() }),
    [commands.whyBusy]: () => ({ types: port() }),
    [commands.freePort]: () => ({ types: port() }),
    [commands.startAgent]: () => ({}),
    [commands.stopAgent]: () => ({}),
    [commands.agentStatus]: () => ({ chooses: [[/agent/, /Show Log/]] }),
    [commands.installAgent]: () => ({}),
    [commands.firstSteps]: () => ({}),
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
    it(`works from the palette with nothing selected, twice in a row: ${command}`, async function () {
      this.timeout(120_000); // the page of a walkthrough, on a busy machine
      assert.deepEqual(api.selection(), []);
      for (let times = 0; times < 2; times++) {
        prepare(command);
        await calls(command);
      }
      if (command === commands.firstSteps) await run('workbench.action.closeAllEditors');
    });

  for (const grouping of groupings)
    it(`works on rows by ${grouping}`, async function () {
      this.timeout(120_000); // some fifty commands, some of which scan or bind
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
      const group = {
        id: parent?.id ?? '',
        order: '',
        subject,
        counts,
        size: 0,
        bytesPerSecond: 0,
        holder: '',
        unclosed: 0,
      };
      await callsAllOn({ kind: 'group', id: group.id, group });
    }
    await run(commands.groupBy, 'process');
    await openProcess(api, victims.program.pid);
    const listener = rowOf(api, victims.program.port, null);
    assert.ok(listener);
    const { row } = listener;
    // Without the agent, a socket that is bound without listening is not seen.
    const bound = { ...row.socket, state: 'bound' as const };
    await callsAllOn({ ...listener, row: { ...row, socket: bound } });
    await callsAllOn({ kind: 'more', id: 'more', parent, shown: 200, total: 300 });
  });

  it('has a first row that starts the agent', () => {
    const [start] = api.rows();
    assert.equal(start?.kind, 'start');
    assert.equal(
      treeItem(start, { grouping: 'process', namespaces: [] }, false).command?.command,
      commands.startAgent,
    );
  });

  it('counts the matches of a filter while it is typed', async () => {
    user.types('prot:tcp', `pid:${victims.program.pid} state:listen`);
    await calls(commands.filter);
    const [wrong, found] = user.mistakes as readonly [string, vscode.InputBoxValidationMessage];
    assert.match(wrong, /prot/);
    assert.deepEqual(
      [found.message, found.severity],
      ['1 socket matches.', vscode.InputBoxValidationSeverity.Info],
    );
  });

  it('picks a connection to drill, without a row or a filter', async () => {
    const [, other] = victims.program.clients;
    user.answers(/^Drill Reconnect$/, new RegExp(`:${other} → |^Cut$|^5 rounds`));
    user.answers(/^Drill Reconnect\?/, /never/);
    await calls(commands.drill);
    const pick = user.messages.find(({ kind }) => kind === 'showQuickPick');
    assert.equal(pick?.offers[0], 'Type a Filter...');
    const asked = user.messages.map(({ message }) => message);
    assert.ok(
      asked.some((message) => message.startsWith('Drill ')),
      asked.join(),
    );
  });

  for (const [command, present] of [
    [commands.show, 'Everything'],
    [commands.groupBy, 'Process'],
  ] as const)
    it(`offers what holds at present first: ${command}`, async () => {
      prepare(command);
      await calls(command);
      user.reset();
      await calls(command);
      assert.equal(user.messages.find(({ kind }) => kind === 'showQuickPick')?.active, present);
    });

  it('counts the questions of a drill, and goes back', async () => {
    const [row] = sockets(api, await openProcess(api, victims.program.pid)).filter(
      ({ row: { socket } }) => socket.remote !== null,
    );
    user.answers(/^Drill Reconnect$/, /^Cut and hold down: Refused$|^5 s$|^1 round$/);
    user.goesBack();
    await calls(commands.drill, row);
    const questions = user.messages.filter(({ kind }) => kind === 'showQuickPick');
    assert.deepEqual(
      questions.map(({ step, offers: [first] }) => [step, first]),
      [
        ['1/2', 'Cut'],
        ['2/3', '10 s'],
        ['1/2', 'Cut'],
        ['2/3', '10 s'],
        ['3/3', '5 rounds, 5 s after each recovery'],
      ],
    );
    assert.deepEqual([...new Set(questions.map(({ staysOpen }) => staysOpen))], [true]);
    const asked = user.messages.find(({ message }) => message.startsWith('Drill node'));
    assert.match(
      asked?.detail ?? '',
      /^Once: its connections are destroyed, .*; new ones fail for 5 s \(refused\)\./,
    );
  });

  it('finds a row that is not loaded', async () => {
    await run(commands.groupBy, 'port');
    const [client] = victims.program.clients;
    assert.equal(rowOf(api, client, victims.program.port), undefined, 'its group is closed');
    user.answers(/^Find in Tree$/, new RegExp(`:${client} → `));
    await calls(commands.find);
    const [found] = await becomes(() => api.selection().length > 0 && api.selection());
    assert.ok(found?.kind === 'socket');
    assert.equal(found.row.socket.local.port, client);
    await run(commands.groupBy, 'process');
  });

  it('works on lines of the details', async () => {
    const parent = { kind: 'section', section: { id: 'health', label: 'Health', details: [] } };
    const line = { kind: 'detail', parent, detail: { name: 'State', value: 'established' } };
    for (const item of itemsOn(detailsViewId, 'detail')) {
      await calls(item.command, line);
      called.add(item);
    }
  });

  it('was called on every kind of row', () =>
    assert.deepEqual(
      rowKinds.filter((kind) => ![...seen].some((value) => value.startsWith(`socket ${kind}`))),
      [],
    ));

  it('was called from every menu of a row', () =>
    assert.deepEqual(
      contributes().menus['view/item/context'].filter((item) => !called.has(item)),
      [],
    ));

  it("works from the view's title, which passes the focused row and all selected rows", async function () {
    this.timeout(120_000);
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
      await refusesToStart();
      await calls(commands.startAgent);
      await eventually(api, () => api.agent()?.mode === 'agent');
      await run(commands.groupBy, 'process');
    });

    /** The terminal of an agent that was refused stays, and says why, until the next start. */
    async function refusesToStart(): Promise<void> {
      const idleExit = () => vscode.workspace.getConfiguration('sockscope.agent');
      await idleExit().update('idleExit', 'soon', vscode.ConfigurationTarget.Global);
      try {
        await vscode.commands.executeCommand(commands.startAgent);
        const { kind, offers } = await user.waitFor(/^The agent was not started: its terminal says why\.$/);
        assert.deepEqual([kind, offers], ['showWarningMessage', ['Try Again', 'Show Log']]);
        assert.equal(agentTerminals(), 1);
      } finally {
        await idleExit().update('idleExit', undefined, vscode.ConfigurationTarget.Global);
      }
    }

    const agentTerminals = () =>
      vscode.window.terminals.filter(({ name }) => name === 'Sockscope agent').length;

    it('has one terminal, also after an agent that was refused', () => becomes(() => agentTerminals() === 1));

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

    it('offers no socket that the scope denies, and the setting in its place', async () => {
      const stranger = await Stranger.start();
      try {
        user.answers(/^Destroy Connection$/, / more, which belong to others$/);
        await calls(commands.destroyConnection);
        const { offers } = await user.waitFor(/^Destroy Connection$/);
        assert.ok(offers.some((offer) => offer.startsWith(`127.0.0.1:${victims.program.port}`)));
        assert.ok(offers.every((offer) => !offer.includes(`:${stranger.port}`)));
        await becomes(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label === 'Settings');
      } finally {
        stranger.stop();
      }
    });

    it('destroys rows', async () => {
      user.answers(/^Destroy .*\?$/, /^Destroy$/);
      const [row, other] = await connections();
      assert.deepEqual(outcomes(await calls(commands.destroyConnection, row, [row, other])), [
        'destroyed',
        'destroyed',
      ]);
    });

    it('warns after the destroy of a listening socket, and offers to free its port', async () => {
      const deaf = await Program.start('127.0.0.1');
      await run(commands.filter, `pid:${deaf.pid}`);
      await openProcess(api, deaf.pid);
      const row = await eventually(api, () => rowOf(api, deaf.port, null));
      user.answers(/^Destroy the listening socket/, /^Destroy$/);
      assert.deepEqual(outcomes(await calls(commands.destroyListener, row)), ['destroyed']);
      const { kind, offers } = await user.waitFor(/^Destroyed 127/);
      assert.deepEqual([kind, offers], ['showWarningMessage', [`Free Port ${deaf.port}`, 'Show Log']]);
      assert.equal(deaf.lives, true);
      deaf.stop();
    });

    it('follows the socket of the details, whatever the tree shows', async () => {
      user.answers(/^Destroy .*\?$/, /^Destroy$/);
      const [row] = await connections();
      await run(`${detailsViewId}.focus`);
      await calls(commands.goToPeer, row);
      const found = (section: string, name: string) =>
        api
          .details()
          .find(({ id }) => id === section)
          ?.details.find((detail) => detail.name === name)?.value;
      const { port, clients } = victims.program;
      const cookie = row.row.socket.peer?.cookie;
      await becomes(() => found('socket', 'Cookie') === cookie && found('health', 'Read at'));
      assert.equal(found('socket', 'State'), 'established');
      assert.match(
        found('health', 'Keepalive') ?? '',
        /^(off: a dead peer is never noticed|on: next probe in )/,
      );
      await run(commands.groupBy, 'state');
      await run(commands.filter, `:${clients[1]}`);
      await calls(commands.destroyAtPeer, row);
      const state = await becomes(
        () => /^closed: /.test(found('socket', 'State') ?? '') && found('socket', 'State'),
      );
      assert.match(state, /^closed: destroyed by Sockscope, \d/);
      assert.equal(found('socket', 'Cookie'), cookie);
      assert.match(found('socket', 'Local') ?? '', new RegExp(`:${port}$`));
      assert.ok(found('health', 'Read at'), 'the last numbers have their time');
      await run(commands.groupBy, 'process');
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

    it('is in the status bar, with its details, and is stopped there', async () => {
      const pid = api.agent()?.pid;
      await becomes(() => /Sockscope agent/.test(api.agentItem()));
      user.answers(/^Sockscope agent$/, /Details/);
      await calls(commands.agentStatus);
      const { detail } = await user.waitFor(/^Sockscope agent$/);
      const shown = user.messages.find(({ kind }) => kind === 'showInformationMessage')?.detail ?? detail;
      assert.match(shown, new RegExp(`pid ${pid}, broker pid \\d+`));
      assert.match(shown, /serves uid 0 and acts on your sockets \(scope mine\)\.\nIt runs since /);
      user.answers(/^Sockscope agent$/, /Stop Agent/);
      await calls(commands.agentStatus);
      await becomes(() => api.agentItem() === '');
    });

    it('is in the status bar also if it was started elsewhere, without a refresh', async () => {
      const program = join(
        vscode.extensions.getExtension('sockscope.sockscope')?.extensionPath ?? '',
        'dist',
        'agent.js',
      );
      const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
      const agent = spawn(process.execPath, [program, 'serve'], { env, stdio: 'ignore' });
      try {
        await becomes(() => api.agentItem() !== '');
        assert.equal(api.agent()?.pid !== undefined, true);
      } finally {
        agent.kill('SIGTERM');
      }
      await becomes(() => api.agentItem() === '');
    });

    it('is started by a destroy, after which Details says how the connection ended', async () => {
      assert.equal(api.agent()?.mode, 'observer');
      user.answers(/^Destroy .*\?$/, /^Start Agent and Destroy$/);
      const [row] = await connections();
      await calls(commands.goToPeer, row);
      const state = () =>
        api
          .details()
          .find(({ id }) => id === 'socket')
          ?.details.find(({ name }) => name === 'State')?.value ?? '';
      await becomes(() => state() === 'established');
      assert.deepEqual(outcomes(await calls(commands.destroyAtPeer, row)), ['destroyed']);
      await becomes(() => /^closed: destroyed by Sockscope, \d/.test(state()));
    });
  });
});
