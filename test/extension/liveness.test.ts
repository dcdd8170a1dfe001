/** Would It Notice? and Dead Peer in Details, of connections with and without keepalive. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as vscode from 'vscode';
import type { LiveConnection } from '../../agent/client/liveness/read-liveness';
import type { TunedSocket } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { commands, detailsViewId, viewId } from '../../extension/base/ids';
import type { SocketNode } from '../../extension/tree/view-window';
import { ScriptedUser } from './scripted-user';
import { activate, becomes, eventually, openProcess, rowOf, run } from './sockscope';

const root = process.getuid?.() === 0;

/** Prints its listening port, and those of a client without keepalive and one with it. */
const program = `
const net = require('net');
const connect = (port, keepAlive) => new Promise((resolve) => {
  const socket = net.connect({ port, host: '127.0.0.1', keepAlive, keepAliveInitialDelay: 30000 }, () => resolve(socket.localPort));
});
const server = net.createServer().listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  console.log(JSON.stringify([port, await connect(port, false), await connect(port, true)]));
});`;

describe(`what a connection notices${root ? '' : ' (needs an extension host run by root)'}`, () => {
  let api: SockscopeApi;
  let user: ScriptedUser;
  let child: ChildProcess;
  let ports: readonly [listening: number, deaf: number, hears: number];
  before(async function () {
    if (!root) this.skip();
    api = await activate();
    user = new ScriptedUser();
    child = spawn(process.execPath, ['-e', program], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(child.stdout);
    const [printed] = await once(child.stdout, 'data');
    ports = JSON.parse(String(printed));
    await run(`${viewId}.focus`);
    await run(commands.groupBy, 'process');
    await run(commands.show, 'everything');
    await run(commands.filter, `pid:${child.pid}`);
  });
  after(async () => {
    user?.restore();
    child?.kill('SIGKILL');
    if (api?.agent()?.mode === 'agent') await run(commands.stopAgent);
    await run(commands.clearFilter);
    await run(commands.show, 'mine');
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });
  beforeEach(() => user.reset());

  async function row(client: number): Promise<SocketNode> {
    await openProcess(api, child.pid ?? 0);
    return eventually(api, () => rowOf(api, client, ports[0]));
  }

  const ask = async (client: number) => {
    const asked = Promise.resolve(run<LiveConnection | undefined>(commands.wouldNotice, await row(client)));
    return { message: await user.waitFor(/: would node \(pid \d+\) notice /), answer: await asked };
  };

  it('is not known without the agent, which is started after a question', async () => {
    assert.equal(api.agent()?.mode, 'observer');
    assert.equal(await run(commands.wouldNotice, await row(ports[1])), undefined);
    const question = user.messages.find(({ message }) => /^Start the agent /.test(message));
    assert.deepEqual([question?.modal, question?.offers], [true, ['Start Agent']]);
    assert.equal(api.agent()?.mode, 'observer', 'it was not agreed to');
    user.answers(/^Start the agent /, /^Start Agent$/);
    const { answer } = await ask(ports[1]);
    assert.equal(answer?.idleMs, null);
    assert.equal(api.agent()?.mode, 'agent');
  });

  it('is said in a sentence, with what sets a keepalive where there is none', async () => {
    const [, deaf, hears] = ports;
    const { detail } = (await ask(deaf)).message;
    assert.match(detail, /^idle: never; sending: about \d/);
    assert.match(detail, /\n\nNode: socket\.setKeepAlive\(true, 30_000\)$/);
    user.reset();
    const { message, answer } = await ask(hears);
    assert.match(message.detail, /^idle: about \d[^\n]*; sending: about \d[^\n]*$/);
    assert.ok(answer?.idleMs && answer.idleMs > 30_000, `${answer?.idleMs}`);
  });

  it('is copied', async () => {
    user.answers(/notice that its peer/, /^Copy as Text$/);
    const { message } = await ask(ports[1]);
    assert.equal(
      (await vscode.env.clipboard.readText()).replaceAll('\u00a0', ' '),
      `${message.message}\n${message.detail}`,
    );
  });

  it('is in Details as well', async () => {
    await run(`${detailsViewId}.focus`);
    await run(commands.goToPeer, await row(ports[2]));
    const peer = await row(ports[1]).then(() => rowOf(api, ports[0], ports[2]));
    assert.ok(peer);
    const found = (name: string) =>
      api
        .details()
        .find(({ id }) => id === 'liveness')
        ?.details.find((detail) => detail.name === name)?.value;
    assert.equal(await becomes(() => found('Noticed idle')), 'never');
    assert.match(found('Noticed sending') ?? '', /^about \d/);
    assert.match(found('To set') ?? '', /^Node: /);
  });

  it('is a list of all connections of a process, the worst first', async () => {
    const [listening, deaf, hears] = ports;
    user.answers(/^Would It Notice\?$/, new RegExp(`:${hears} → `));
    const group = await openProcess(api, child.pid ?? 0);
    const answer = await run<LiveConnection | undefined>(commands.wouldNotice, group);
    assert.equal(answer?.socket.local.port, hears);
    const list = user.messages.find(({ kind }) => kind === 'showQuickPick');
    const lines = list?.detail.split('\n') ?? [];
    assert.equal(lines.length, 4, 'both ends of both');
    assert.match(lines.find((line) => line.includes(`:${deaf} → `)) ?? '', /idle: never; sending: about \d/);
    assert.match(lines.at(-1) ?? '', new RegExp(`:${hears} → .*:${listening}.*idle: about \\d`));
  });

  it('is set from outside, predicted and read afterwards, and given back', async () => {
    const node = await row(ports[1]);
    const tuneTo = (label: RegExp) => user.answers(/^Tune$/, label);
    tuneTo(/^keepalive 30s\/10s\/3, user timeout 20s$/);
    assert.equal(await run(commands.tune, node), undefined, 'it was not agreed to');
    const question = user.messages.find(({ message }) => /^Tune /.test(message));
    assert.match(question?.detail ?? '', /^Set: keepalive 30s\/10s\/3, user timeout 20s\.\n\n/);
    assert.match(
      question?.detail ?? '',
      /noticed: idle: never → about 40 s; sending: about \d.* → about 2\d s\./,
    );
    assert.equal((await ask(ports[1])).answer?.idleMs, null);
    user.reset();
    tuneTo(/^keepalive 30s/);
    user.answers(/^Tune .*\?$/, /^Tune$/);
    const [tuned] = await run<readonly TunedSocket[]>(commands.tune, node);
    assert.deepEqual(
      [tuned?.outcome, tuned?.after?.keepaliveIdleMs, tuned?.after?.userTimeoutMs],
      ['tuned', 30_000, 20_000],
    );
    await user.waitFor(/: idle: never → about 40 s; sending: about \d.* → about 2\d s\.$/);
    user.reset();
    tuneTo(/^Restore$/);
    const [restored] = await run<readonly TunedSocket[]>(commands.tune, node);
    assert.deepEqual([restored?.outcome, restored?.after?.keepalive], ['restored', false]);
    await user.waitFor(/: idle: about 40 s → never; /);
  });

  it('is asked of connections alone', async () => {
    await openProcess(api, child.pid ?? 0);
    const listening = await eventually(api, () => rowOf(api, ports[0], null));
    await run(commands.wouldNotice, listening);
    assert.equal(
      user.messages[0]?.message,
      'Select a TCP connection, or a process or remote with one, in the Sockscope view.',
    );
  });
});
