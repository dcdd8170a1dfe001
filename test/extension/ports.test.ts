/** Explaining and freeing ports, and detecting EADDRINUSE, with real servers in terminals, tasks and debug sessions. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FreeReport, PortAnswer } from '../../agent/client/ports/free-types';
import { commands, settings } from '../../extension/base/ids';
import { WorkspaceParts } from '../../extension/base/workspace-parts';
import { PortServer } from './port-server';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, openProcess, pause, run } from './sockscope';

/** Milliseconds within which a notification would have appeared. */
const noticeMs = 3000;
/** Milliseconds after which the workbench hides a notification. */
const shownMs = 10_000;

describe('ports', () => {
  let user: ScriptedUser;
  let server: PortServer;
  const terminals: vscode.Terminal[] = [];

  before(async () => {
    await activate();
    user = new ScriptedUser();
  });

  after(() => user?.restore());

  beforeEach(async () => {
    server = await PortServer.make();
  });

  afterEach(async () => {
    user.reset();
    await run(commands.clearFilter);
    for (const terminal of terminals.splice(0)) terminal.dispose();
    server.remove();
    for (const execution of vscode.tasks.taskExecutions) execution.terminate();
    await becomes(() => vscode.tasks.taskExecutions.length === 0);
  });

  async function openTerminal(): Promise<vscode.Terminal> {
    const terminal = vscode.window.createTerminal({ name: 'a user', cwd: '/' });
    terminals.push(terminal);
    await becomes(() => terminal.shellIntegration);
    return terminal;
  }

  /** Resolves when the command has ended, however long the terminal takes. */
  async function runIn(terminal: vscode.Terminal, command: string): Promise<void> {
    let ended = false;
    const listening = vscode.window.onDidEndTerminalShellExecution((event) => {
      ended ||= event.terminal === terminal;
    });
    terminal.sendText(command);
    await becomes(() => ended);
    listening.dispose();
  }

  const inUse = () => new RegExp(`Port ${server.port} is in use`);
  const isFree = () => new RegExp(`Port ${server.port} is free`);

  it('names the holder of a port, and offers to free it', async () => {
    const pid = await server.hold();
    user.answers(/is busy/, /^\$\(unlock\) Free Port/);
    user.answers(/^Free port/, /^End node/);
    const answer = await run<PortAnswer>(commands.whyBusy, server.port);
    assert.equal(answer.free, false);
    const [pick, question] = user.messages;
    assert.equal(pick?.message, `Port ${server.port} is busy`);
    assert.match(
      pick?.detail ?? '',
      new RegExp(
        `node server\\.cjs \\(pid ${pid}\\) \\| listens on .*:${server.port} \\| .*server\\.cjs ${server.port} · started .* ago`,
      ),
    );
    assert.match(pick?.detail ?? '', /bind: 0\.0\.0\.0 EADDRINUSE/);
    assert.match(pick?.detail ?? '', new RegExp(`SIGTERM goes to node \\(pid ${pid}\\) alone`));
    assert.ok(pick?.offers.some((offer) => offer.includes('Start Agent')));
    assert.deepEqual(question?.offers, [`End node (pid ${pid})`]);
    assert.equal(await server.binds(), true);
  });

  it('asks for a port, and accepts the usual notations', async () => {
    await server.hold();
    user.types('no port', '0', '65536', 'example.com:80', '', `localhost:${server.port}`);
    await run(commands.whyBusy);
    assert.deepEqual(
      user.mistakes.map((mistake) => mistake === undefined),
      [false, false, false, false, true, true],
    );
    assert.equal(user.messages[0]?.message, `Port ${server.port} is busy`);
  });

  it('copies the explanation', async () => {
    const pid = await server.hold();
    user.answers(/is busy/, /Copy as Text/);
    await run(commands.whyBusy, server.port);
    const text = await vscode.env.clipboard.readText();
    assert.match(text, new RegExp(`^Port ${server.port} is busy\n- node server\\.cjs \\(pid ${pid}\\)`));
  });

  it('shows its holder in the tree', async () => {
    const pid = await server.hold();
    const api = await activate();
    user.answers(/is busy/, new RegExp(`pid ${pid}`));
    await run(commands.whyBusy, server.port);
    const [selected] = await becomes(() => api.selection().length > 0 && api.selection());
    assert.ok(selected?.kind === 'socket');
    assert.equal(selected.row.socket.local.port, server.port);
    user.answers(/is busy/, /Copy as Text/);
    await run(commands.whyBusy, selected);
    assert.equal(user.messages.at(-1)?.message, `Port ${server.port} is busy`);
  });

  it('asks before it changes what the tree shows', async () => {
    const pid = await server.hold();
    const api = await activate();
    const selected = () =>
      api.selection().some((node) => node.kind === 'socket' && node.row.socket.local.port === server.port);
    await run(commands.filter, 'cookie:1');
    user.answers(/is busy/, /Show in Tree/);
    assert.equal(await run(commands.whyBusy, server.port), undefined);
    const asked = await user.waitFor(
      new RegExp(`^node server\\.cjs \\(pid ${pid}\\) is not among the sockets`),
    );
    assert.ok(asked.offers.includes('Clear Filter'));
    assert.equal(api.choices().filter, 'cookie:1');
    user.answers(/is not among/, /Clear Filter/);
    await run(commands.whyBusy, server.port);
    await becomes(selected);
    assert.deepEqual([api.choices().filter, api.choices().show], ['', 'mine']);
  });

  it('explains it in full, and offers neither to free a free port nor to show its holder', async () => {
    const pid = await server.hold();
    user.answers(/is busy/, /Show Explanation/);
    await run(commands.whyBusy, server.port);
    const explained = user.messages.find(({ kind }) => kind === 'showInformationMessage');
    assert.match(
      explained?.detail ?? '',
      new RegExp(`\\(pid ${pid}\\), listens on .*: node \\(pid ${pid}\\) listens on`),
    );
    const free = await PortServer.make();
    user.messages.length = 0;
    await run(commands.whyBusy, free.port);
    const offers = user.messages[0]?.offers.join() ?? '';
    assert.doesNotMatch(offers, /Free Port|Show in Tree/);
    free.remove();
  });

  it('is freed from the row of its process', async () => {
    const pid = await server.hold();
    const api = await activate();
    await run('sockscope.sockets.focus');
    const row = await openProcess(api, pid);
    user.answers(/^Free port/, /^End node/);
    const report = await run<FreeReport>(commands.freePort, row);
    assert.deepEqual([report.port, report.freed], [server.port, true]);
  });

  it('does nothing without a confirmation', async () => {
    const pid = await server.hold();
    assert.equal(await run(commands.freePort, server.port), undefined);
    assert.equal(user.messages.length, 1);
    assert.equal(await server.answers(), pid);
  });

  it('ends the server, and proves that the port is free', async () => {
    const pid = await server.hold();
    user.answers(/^Free port/, /^End node/);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.deepEqual(
      report.steps.map(({ act, target, outcome }) => [act, target, outcome]),
      [['signal', `node (pid ${pid})`, 'exited']],
      report.message,
    );
    assert.equal(report.freed, true);
    assert.equal(await server.binds(), true);
    await user.waitFor(isFree());
  });

  it('offers SIGKILL for a server that survives, and reports the port as busy if that is declined', async () => {
    const pid = await server.hold('stubborn');
    user.answers(/^Free port/, /^End node/);
    const refused = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(refused.freed, false);
    await user.waitFor(new RegExp(`^node server\\.cjs \\(pid ${pid}\\) still runs`));
    await user.waitFor(/is still busy/);
    assert.equal(await server.answers(), pid);
    user.answers(/still runs/, /SIGKILL/);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(report.freed, true);
    assert.equal(await server.binds(), true);
  });

  it('does nothing more when it is cancelled', async () => {
    const pid = await server.hold('stubborn');
    user.answers(/^Free port/, /^End node/);
    user.answers(/still runs/, /SIGKILL/);
    user.cancelsAfter(500);
    assert.equal(await run(commands.freePort, server.port), undefined);
    await user.waitFor(/^Cancelled/);
    await pause(noticeMs);
    assert.deepEqual(
      user.messages.map(({ message }) => message.split(/[:?]/)[0]),
      [`Free port ${server.port}`, 'Cancelled'],
    );
    assert.equal(await server.answers(), pid);
  });

  it('starts the agent only if it is needed and confirmed', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const api = await activate();
    await server.leaveTimeWait();
    assert.equal(await run(commands.freePort, server.port), undefined);
    const [question] = user.messages;
    assert.deepEqual(question?.offers, ['Start Agent and Free Port']);
    assert.match(question?.detail ?? '', /1 time-wait socket/);
    assert.notEqual(api.agent()?.mode, 'agent');
    user.answers(/^Free port/, /^Start Agent/);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(api.agent()?.mode, 'agent');
    await run(commands.stopAgent);
    assert.deepEqual(
      report.steps.map(({ act, outcome }) => [act, outcome]),
      [['destroy', 'destroyed']],
    );
    assert.equal(report.freed, true);
    assert.deepEqual(
      report.binds.filter(({ error, address }) => error !== null && address.includes('.')),
      [],
    );
  });

  it('reports a free port', async () => {
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(report.already, true);
    assert.deepEqual(
      user.messages.map(({ modal }) => modal),
      [false],
    );
  });

  it('is detected in a terminal, freed, and the command runs again there', async () => {
    const pid = await server.hold();
    user.answers(inUse(), /^Free Port/);
    user.answers(/^Free port/, /^End node/);
    user.answers(isFree(), /^Run Again$/);
    const terminal = await openTerminal();
    terminal.sendText(server.command);
    const said = await user.waitFor(inUse());
    assert.match(said.message, new RegExp(`: node server\\.cjs \\(pid ${pid}\\)\\.$`));
    assert.deepEqual(said.offers, [`Free Port ${server.port}`, 'Why?']);
    await user.waitFor(isFree());
    const again = await server.answers();
    assert.notEqual(again, pid);
    assert.equal(user.messages.filter(({ message }) => inUse().test(message)).length, 1);
  });

  it('has no second notification within ten seconds, none if it is free by then, and none when switched off', async () => {
    // Of both ports; others may come about agents that other programs start.
    const notices = () => user.messages.filter(({ message }) => / in use: /.test(message)).length;
    await server.hold();
    const terminal = await openTerminal();
    await runIn(terminal, server.command);
    await user.waitFor(inUse());
    const shownAt = performance.now();
    await runIn(terminal, server.command);
    // On a busy machine they may be over.
    const isShown = performance.now() - shownAt < shownMs;
    await pause(noticeMs);
    if (isShown) assert.equal(notices(), 1);
    const before = notices();
    server.remove();
    server = await PortServer.make();
    // The workbench loses the output of commands that end at once, and the last of others.
    const said = `Error: listen EADDRINUSE: address already in use :::${server.port}`;
    const fail = `sleep 0.3; echo '${said}'; sleep 0.3`;
    await runIn(terminal, fail);
    await pause(noticeMs);
    assert.equal(notices(), before);
    await server.hold();
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update(settings.noticePortInUse, false, vscode.ConfigurationTarget.Global);
    await runIn(terminal, fail);
    await pause(noticeMs);
    assert.equal(notices(), before);
    await configuration.update(settings.noticePortInUse, undefined, vscode.ConfigurationTarget.Global);
    terminal.sendText(fail);
    await user.waitFor(inUse());
  });

  it('has another notification for a failure after the first one has faded without being closed', async () => {
    await server.hold();
    user.ignores(inUse());
    const terminal = await openTerminal();
    terminal.sendText(server.command);
    await user.waitFor(inUse());
    const notices = () => user.messages.map(({ message }) => message).filter((text) => inUse().test(text));
    await pause(shownMs);
    const [first] = notices();
    assert.deepEqual(notices(), [first], 'one failure has one notification');
    terminal.sendText(server.command);
    await becomes(() => notices().length === 2);
    assert.deepEqual(notices(), [first, first]);
  });

  for (const kind of ['shell', 'process'] as const) {
    it(`is detected in a ${kind} task, which runs again, and is stopped as a task`, async () => {
      // A new terminal of a task starts nothing before the panel was visible.
      (await openTerminal()).show();
      const pid = await server.hold();
      user.answers(inUse(), /^Free Port/);
      user.answers(/^Free port/, /^(End|Stop) /);
      user.answers(isFree(), /^Run Again$/);
      const execution =
        kind === 'shell'
          ? new vscode.ShellExecution(server.command, { cwd: '/' })
          : new vscode.ProcessExecution(process.execPath, [server.file, String(server.port)], { cwd: '/' });
      const task = new vscode.Task(
        { type: kind },
        vscode.TaskScope.Global,
        `serve ${kind}`,
        'test',
        execution,
      );
      await vscode.tasks.executeTask(task);
      await user.waitFor(inUse());
      await user.waitFor(isFree());
      assert.notEqual(await server.answers(), pid);
      assert.equal(vscode.tasks.taskExecutions.length, 1);
      user.reset();
      user.answers(/^Free port/, /^Stop /);
      const report = await run<FreeReport>(commands.freePort, server.port);
      assert.deepEqual(user.messages[0]?.offers, [`Stop "serve ${kind}"`]);
      assert.equal(report.freed, true);
      assert.equal(await server.binds(), true);
    });
  }

  it('is known as a task as soon as it listens, however late the workbench reports its process', async () => {
    (await openTerminal()).show();
    const parts = new WorkspaceParts();
    try {
      const execution = new vscode.ProcessExecution(process.execPath, [server.file, String(server.port)], {
        cwd: '/',
      });
      const task = new vscode.Task(
        { type: 'process' },
        vscode.TaskScope.Global,
        'just started',
        'test',
        execution,
      );
      const started = await vscode.tasks.executeTask(task);
      await parts.tasksKnown();
      assert.equal(parts.task(await server.answers()), started);
    } finally {
      parts.dispose();
    }
  });

  it('is detected in a debug console, whose session runs again, and is stopped as a session', async () => {
    const pid = await server.hold();
    user.answers(inUse(), /^Free Port/);
    user.answers(/^Free port/, /^(End|Stop) /);
    user.answers(isFree(), /^Run Again$/);
    await vscode.debug.startDebugging(undefined, {
      type: 'node',
      request: 'launch',
      name: 'serve',
      program: server.file,
      args: [String(server.port)],
      runtimeExecutable: process.execPath,
      console: 'internalConsole',
      outputCapture: 'std',
      cwd: '/',
    });
    await user.waitFor(inUse());
    await user.waitFor(isFree());
    assert.notEqual(await server.answers(), pid);
    user.reset();
    user.answers(/^Free port/, /^Stop /);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.deepEqual(user.messages[0]?.offers, ['Stop "serve"']);
    assert.equal(report.freed, true);
    assert.equal(await server.binds(), true);
  });
});
