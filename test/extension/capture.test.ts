/** Capture Packets on a row and on a process: the file, its progress and its end. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { CaptureSummary } from '../../agent/client/capture/run-capture';
import type { SockscopeApi } from '../../extension/api';
import { commands, viewId } from '../../extension/base/ids';
import { Program } from './program';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, eventually, openProcess, rowOf, run } from './sockscope';

const root = process.getuid?.() === 0;

describe(`packets of a row${root ? '' : ' (needs an extension host run by root)'}`, () => {
  let api: SockscopeApi;
  let user: ScriptedUser;
  let program: Program;
  let folder: string;
  let file: string;
  const { showSaveDialog } = vscode.window;
  before(async function () {
    if (!root) this.skip();
    api = await activate();
    user = new ScriptedUser();
    program = await Program.start('127.0.0.1');
    folder = mkdtempSync(join(tmpdir(), 'sockscope-capture-'));
    file = join(folder, 'row.pcapng');
    await run(`${viewId}.focus`);
    await run(commands.groupBy, 'process');
    await run(commands.show, 'everything');
    await run(commands.filter, `pid:${program.pid}`);
  });
  after(async () => {
    user?.restore();
    vscode.window.showSaveDialog = showSaveDialog;
    program?.stop();
    if (api?.agent()?.mode === 'agent') await run(commands.stopAgent);
    await run(commands.clearFilter);
    await run(commands.show, 'mine');
    for (const terminal of vscode.window.terminals) terminal.dispose();
    if (folder) rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    user.reset();
    vscode.window.showSaveDialog = async () => vscode.Uri.file(file);
    user.answers(/^Start the agent to capture packets\?$/, /^Start Agent$/);
    user.answers(/^Capture Packets$/, /^5 min$/);
  });

  async function clientRow() {
    await openProcess(api, program.pid);
    return eventually(api, () => rowOf(api, program.clients[0], program.port));
  }

  /** Presses Cancel in the notification once it has reported so many packets. Resolves when it is shown. */
  function cancelsAt(packets: number): Promise<string> {
    return new Promise((shown) => {
      vscode.window.withProgress = (options, work) => {
        const source = new vscode.CancellationTokenSource();
        const report = ({ message = '' }: { readonly message?: string }) => {
          if (Number.parseInt(message, 10) >= packets) source.cancel();
        };
        shown(options.title ?? '');
        return work({ report: report as never }, source.token);
      };
    });
  }

  /** Does this again and again, until it is over. */
  async function meanwhile<T>(captured: Promise<T>, does: () => Promise<unknown>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    captured.then(end, end);
    await becomes(
      () => over,
      async () => void (await does()),
    );
    return captured;
  }

  it('are in the file, until Cancel, and its end says so', async () => {
    const row = await clientRow();
    const shown = cancelsAt(2);
    const captured = Promise.resolve(run<CaptureSummary>(commands.capturePackets, row));
    assert.match(await shown, new RegExp(`^Capturing packets of cookie:${row.row.socket.cookie} `));
    const summary = await meanwhile(captured, () => program.echoes(program.clients[0]));
    assert.deepEqual([summary.endedBy, summary.connections], ['stopped', 1]);
    const bytes = readFileSync(file);
    assert.equal(bytes.readUInt32LE(0), 0x0a0d0d0a);
    assert.equal(bytes.length, summary.bytes);
    assert.ok(
      bytes.includes(`(pid ${program.pid}), 127.0.0.1:${program.clients[0]} -> 127.0.0.1:${program.port}`),
    );
    const { message } = await user.waitFor(/^row\.pcapng: /);
    assert.match(message, /^row\.pcapng: \d+ packets \(\d+ in, \d+ out\), [\d.]+ K?B\.$/);
  });

  it('may be those of new connections of a process, and none is a failure with the reason', async () => {
    file = join(folder, 'process.pcapng');
    const group = await openProcess(api, program.pid);
    const shown = cancelsAt(3);
    const captured = Promise.resolve(run<CaptureSummary>(commands.capturePackets, group));
    assert.match(await shown, new RegExp(`^Capturing packets of pid:${program.pid};`));
    const { opened } = await meanwhile(captured, () => program.connect());
    assert.ok(opened >= 1);
    file = join(folder, 'none.pcapng');
    const silent = { filter: `pid:${program.pid}`, forMs: 300, file: vscode.Uri.file(file) };
    assert.equal(await vscode.commands.executeCommand(commands.capturePackets, silent), undefined);
    await user.waitFor(
      /^No packet came or went in .*: let the program send something meanwhile, or capture longer\.$/,
    );
    assert.ok(!existsSync(file));
  });

  it('are not captured where the dialog of the file is closed', async () => {
    vscode.window.showSaveDialog = async () => undefined;
    assert.equal(await run(commands.capturePackets, await clientRow()), undefined);
    assert.deepEqual(
      user.messages.filter(({ kind }) => kind === 'showErrorMessage'),
      [],
    );
  });
});
