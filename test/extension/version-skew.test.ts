/** An agent of another version beside this extension: it is not used, nor restarted unasked; one button restarts it. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { protocolNumber } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { commands } from '../../extension/base/ids';
import { bundleAgent, otherVersion } from '../helpers/other-agent';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, eventually, run } from './sockscope';

const root = process.getuid?.() === 0;

const skew = new RegExp(`(R|r)estart the agent: version ${otherVersion.replaceAll('.', '\\.')} `);

describe(`an agent of another version${root ? '' : ' (needs an extension host run by root)'}`, () => {
  let api: SockscopeApi;
  let person: ScriptedUser;
  let folder: string;
  let other: ChildProcess;

  before(async function () {
    if (!root) this.skip();
    api = await activate();
    folder = mkdtempSync(join(tmpdir(), 'sockscope-other-'));
    person = new ScriptedUser();
    await run('sockscope.sockets.focus');
    if (api.agent()?.mode === 'agent') await run(commands.stopAgent);
  });

  after(async () => {
    person?.restore();
    if (api?.agent()?.mode === 'agent') await run(commands.stopAgent);
    if (folder) rmSync(folder, { recursive: true });
  });

  beforeEach(() => person.reset());
  afterEach(() => other?.kill('SIGTERM'));

  /** Resolves when it serves. */
  async function startOther(number: number | null): Promise<void> {
    const extension = vscode.extensions.getExtension('sockscope.sockscope');
    const program = await bundleAgent(folder, number, extension?.extensionPath);
    const env = { PATH: process.env.PATH, ELECTRON_RUN_AS_NODE: '1' };
    other = spawn(process.execPath, [program, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let printed = '';
    other.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await becomes(() => / serves uid 0 /.test(printed));
  }

  const said = () => person.messages.filter(({ message }) => skew.test(message));
  const runs = () => other.exitCode === null && other.signalCode === null;

  async function assertOtherEnds(): Promise<void> {
    if (runs()) await once(other, 'exit', { signal: AbortSignal.timeout(10_000) });
    assert.equal(other.exitCode, 0);
  }

  it('is said once, with one button, and the observer works on', async () => {
    await startOther(null);
    await eventually(api, () => said().length > 0);
    for (let times = 0; times < 5; times++) await api.refresh();
    assert.deepEqual(
      said().map(({ kind, modal, offers }) => ({ kind, modal, offers })),
      [{ kind: 'showWarningMessage', modal: false, offers: ['Restart Agent'] }],
    );
    assert.match(said()[0]?.message ?? '', /\(protocol 0\) runs, version \S+ \(protocol \d+\) is here\.$/);
    assert.equal(api.agent()?.mode, 'observer');
    assert.match(api.message() ?? '', skew);
    assert.ok(api.rows().length > 0);
    assert.ok(runs());
  });

  it('is not ended by who starts the agent, unless that is agreed to', async () => {
    await startOther(null);
    await eventually(api, () => said().length > 0);
    person.messages.length = 0;
    await run(commands.startAgent);
    assert.deepEqual(
      said().map(({ modal, offers }) => ({ modal, offers })),
      [{ modal: true, offers: ['Restart Agent'] }],
    );
    assert.ok(runs());
    assert.equal(api.agent()?.mode, 'observer');

    person.answers(skew, /^Restart Agent$/);
    await run(commands.startAgent);
    await assertOtherEnds();
    await eventually(api, () => api.agent()?.mode === 'agent');
    assert.equal(api.agent()?.protocol, protocolNumber);
    await becomes(() => !skew.test(api.message() ?? ''));
    await run(commands.stopAgent);
  });

  for (const [name, number] of [
    ['an older one', null],
    ['a newer one', protocolNumber + 1],
  ] as const)
    it(`is restarted by the button of the notification: ${name}`, async () => {
      person.answers(skew, /^Restart Agent$/);
      await startOther(number);
      await eventually(api, () => api.agent()?.mode === 'agent');
      await assertOtherEnds();
      assert.equal(api.agent()?.protocol, protocolNumber);
      assert.equal(said().filter(({ modal }) => modal).length, 0);
      await run(commands.stopAgent);
    });

  it('is not restarted by a button that spoke of the one before it, unless that is agreed to', async () => {
    person.ignores(skew);
    await startOther(null);
    await eventually(api, () => said().length > 0);
    other.kill('SIGTERM');
    await assertOtherEnds();
    person.reset();
    await startOther(protocolNumber + 1);
    person.answersLate('Restart Agent');
    await becomes(() => said().find(({ modal }) => modal));
    assert.ok(runs());
    assert.equal(api.agent()?.mode, 'observer');
  });

  it('is ended by Stop Agent', async () => {
    await startOther(null);
    await eventually(api, () => said().length > 0);
    await run(commands.stopAgent);
    await assertOtherEnds();
    await person.waitFor(/^The agent was stopped\.$/);
  });
});
