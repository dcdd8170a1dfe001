/** Explaining and freeing ports, and noticing that one is taken, with real servers wherever a person would start them. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FreeReport, PortAnswer } from '../../agent/client/ports/free-types';
import { commands, settings } from '../../extension/base/ids';
import { WorkspaceParts } from '../../extension/base/workspace-parts';
import { PortServer } from './port-server';
import { ScriptedPerson } from './scripted-person';
import { activate, becomes, pause, run } from './sockscope';

/** Milliseconds in which a notification would have come. */
const longEnough = 3000;
/** Milliseconds after which the workbench hides one. */
const shownFor = 10_000;

describe('ports', () => {
  let person: ScriptedPerson;
  let server: PortServer;
  const terminals: vscode.Terminal[] = [];

  before(async () => {
    await activate();
    person = new ScriptedPerson();
  });

  after(() => person?.leave());

  beforeEach(async () => {
    server = await PortServer.make();
  });

  afterEach(async () => {
    person.forget();
    await run(commands.clearFilter);
    for (const terminal of terminals.splice(0)) terminal.dispose();
    server.remove();
    for (const execution of vscode.tasks.taskExecutions) execution.terminate();
    await becomes(() => vscode.tasks.taskExecutions.length === 0);
  });

  async function openTerminal(): Promise<vscode.Terminal> {
    const terminal = vscode.window.createTerminal({ name: 'a person', cwd: '/' });
    terminals.push(terminal);
    await becomes(() => terminal.shellIntegration);
    return terminal;
  }

  const inUse = () => new RegExp(`Port ${server.port} is in use`);
  const isFree = () => new RegExp(`Port ${server.port} is free`);

  it('says who has a port, and frees it from there', async () => {
    const pid = await server.hold();
    person.will(/is busy/, /^\$\(unlock\) Free Port/);
    person.will(/^Free port/, /^End node/);
    const answer = await run<PortAnswer>(commands.whyBusy, server.port);
    assert.equal(answer.free, false);
    const [pick, question] = person.said;
    assert.equal(pick?.message, `Port ${server.port} is busy`);
    assert.match(pick?.detail ?? '', new RegExp(`node \\(pid ${pid}\\) \\| listens on .*:${server.port}`));
    assert.match(pick?.detail ?? '', /bind: 0\.0\.0\.0 EADDRINUSE/);
    assert.ok(pick?.offers.some((offer) => offer.includes('Start Agent')));
    assert.deepEqual(question?.offers, [`End node (pid ${pid})`]);
    assert.equal(await server.binds(), true);
  });

  it('asks for a port, and takes it as people write it', async () => {
    await server.hold();
    person.types('no port', '0', '65536', 'example.com:80', '', `localhost:${server.port}`);
    await run(commands.whyBusy);
    assert.deepEqual(
      person.mistakes.map((mistake) => mistake === undefined),
      [false, false, false, false, true, true],
    );
    assert.equal(person.said[0]?.message, `Port ${server.port} is busy`);
  });

  it('copies what it knows', async () => {
    const pid = await server.hold();
    person.will(/is busy/, /Copy as Text/);
    await run(commands.whyBusy, server.port);
    const text = await vscode.env.clipboard.readText();
    assert.match(text, new RegExp(`^Port ${server.port} is busy\n- node \\(pid ${pid}\\)`));
  });

  it('shows its holder in the tree', async () => {
    const pid = await server.hold();
    const api = await activate();
    person.will(/is busy/, new RegExp(`pid ${pid}`));
    await run(commands.whyBusy, server.port);
    const [selected] = await becomes(() => api.selection().length > 0 && api.selection());
    assert.ok(selected?.kind === 'socket');
    assert.equal(selected.row.socket.local.port, server.port);
    person.will(/is busy/, /Copy as Text/);
    await run(commands.whyBusy, selected);
    assert.equal(person.said.at(-1)?.message, `Port ${server.port} is busy`);
  });

  it('does nothing without a yes', async () => {
    const pid = await server.hold();
    assert.equal(await run(commands.freePort, server.port), undefined);
    assert.equal(person.said.length, 1);
    assert.equal(await server.answers(), pid);
  });

  it('ends the server, and proves that the port is free', async () => {
    const pid = await server.hold();
    person.will(/^Free port/, /^End node/);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.deepEqual(
      report.steps.map(({ act, target, outcome }) => [act, target, outcome]),
      [['signal', `node (pid ${pid})`, 'exited']],
      report.message,
    );
    assert.equal(report.freed, true);
    assert.equal(await server.binds(), true);
    await person.hears(isFree());
  });

  it('offers SIGKILL for who stays, and says that the port is still busy where that is not wanted', async () => {
    const pid = await server.hold('stubborn');
    person.will(/^Free port/, /^End node/);
    const refused = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(refused.freed, false);
    await person.hears(new RegExp(`^node \\(pid ${pid}\\) still runs`));
    await person.hears(/is still busy/);
    assert.equal(await server.answers(), pid);
    person.will(/still runs/, /SIGKILL/);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(report.freed, true);
    assert.equal(await server.binds(), true);
  });

  it('does nothing more when it is cancelled', async () => {
    const pid = await server.hold('stubborn');
    person.will(/^Free port/, /^End node/);
    person.will(/still runs/, /SIGKILL/);
    person.cancelsAfter(500);
    assert.equal(await run(commands.freePort, server.port), undefined);
    await person.hears(/^Cancelled/);
    await pause(longEnough);
    assert.deepEqual(
      person.said.map(({ message }) => message.split(/[:?]/)[0]),
      [`Free port ${server.port}`, 'Cancelled'],
    );
    assert.equal(await server.answers(), pid);
  });

  it('starts the agent only where it is needed and wanted', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const api = await activate();
    await server.leaveTimeWait();
    assert.equal(await run(commands.freePort, server.port), undefined);
    const [question] = person.said;
    assert.deepEqual(question?.offers, ['Start Agent and Free Port']);
    assert.match(question?.detail ?? '', /1 time-wait socket/);
    assert.notEqual(api.agent()?.mode, 'agent');
    person.will(/^Free port/, /^Start Agent/);
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

  it('says that a free port is free', async () => {
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.equal(report.already, true);
    assert.deepEqual(
      person.said.map(({ modal }) => modal),
      [false],
    );
  });

  it('is noticed in a terminal, freed, and the command runs again there', async () => {
    const pid = await server.hold();
    person.will(inUse(), /^Free Port/);
    person.will(/^Free port/, /^End node/);
    person.will(isFree(), /^Run Again$/);
    const terminal = await openTerminal();
    terminal.sendText(server.command);
    const said = await person.hears(inUse());
    assert.match(said.message, new RegExp(`: node \\(pid ${pid}\\)\\.$`));
    assert.deepEqual(said.offers, [`Free Port ${server.port}`, 'Why?']);
    await person.hears(isFree());
    const again = await server.answers();
    assert.notEqual(again, pid);
    assert.equal(person.said.filter(({ message }) => inUse().test(message)).length, 1);
  });

  it('is not told of twice within ten seconds, nor where it is free by then, nor when it is switched off', async () => {
    await server.hold();
    const terminal = await openTerminal();
    terminal.sendText(server.command);
    await person.hears(inUse());
    terminal.sendText(server.command);
    await pause(longEnough);
    assert.equal(person.said.length, 1);
    server.remove();
    server = await PortServer.make();
    // The workbench loses the output of commands that end at once.
    const fail = `sleep 0.3; echo 'Error: listen EADDRINUSE: address already in use :::${server.port}'`;
    terminal.sendText(fail);
    await pause(longEnough);
    assert.equal(person.said.length, 1);
    await server.hold();
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update(settings.noticePortInUse, false, vscode.ConfigurationTarget.Global);
    terminal.sendText(fail);
    await pause(longEnough);
    assert.equal(person.said.length, 1);
    await configuration.update(settings.noticePortInUse, undefined, vscode.ConfigurationTarget.Global);
    terminal.sendText(fail);
    await person.hears(inUse());
  });

  it('is told of again when it fails after the first notification has faded, which nobody has closed', async () => {
    await server.hold();
    person.overlooks(inUse());
    const terminal = await openTerminal();
    terminal.sendText(server.command);
    await person.hears(inUse());
    await pause(shownFor);
    assert.equal(person.said.length, 1, 'one failure is told of once');
    terminal.sendText(server.command);
    await becomes(() => person.said.length === 2);
    assert.equal(person.said[1]?.message, person.said[0]?.message);
  });

  for (const kind of ['shell', 'process'] as const) {
    it(`is noticed in a ${kind} task, which runs again, and is stopped as a task`, async () => {
      // A new terminal of a task starts nothing before the panel was seen.
      (await openTerminal()).show();
      const pid = await server.hold();
      person.will(inUse(), /^Free Port/);
      person.will(/^Free port/, /^(End|Stop) /);
      person.will(isFree(), /^Run Again$/);
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
      await person.hears(inUse());
      await person.hears(isFree());
      assert.notEqual(await server.answers(), pid);
      assert.equal(vscode.tasks.taskExecutions.length, 1);
      person.forget();
      person.will(/^Free port/, /^Stop /);
      const report = await run<FreeReport>(commands.freePort, server.port);
      assert.deepEqual(person.said[0]?.offers, [`Stop "serve ${kind}"`]);
      assert.equal(report.freed, true);
      assert.equal(await server.binds(), true);
    });
  }

  it('is known to be a task as soon as it listens, however late the workbench tells of its process', async () => {
    (await openTerminal()).show();
    const parts = new WorkspaceParts();
    try {
      const execution = new vscode.ProcessExecution(process.execPath, [server.file, String(server.port)]);
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

  it('is noticed in a debug console, whose session runs again, and is stopped as a session', async () => {
    const pid = await server.hold();
    person.will(inUse(), /^Free Port/);
    person.will(/^Free port/, /^(End|Stop) /);
    person.will(isFree(), /^Run Again$/);
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
    await person.hears(inUse());
    await person.hears(isFree());
    assert.notEqual(await server.answers(), pid);
    person.forget();
    person.will(/^Free port/, /^Stop /);
    const report = await run<FreeReport>(commands.freePort, server.port);
    assert.deepEqual(person.said[0]?.offers, ['Stop "serve"']);
    assert.equal(report.freed, true);
    assert.equal(await server.binds(), true);
  });
});
