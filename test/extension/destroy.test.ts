/** Destroying through a real agent, which a root extension host starts without sudo; dialogs are refused in here. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { DestroyedSocket } from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { commands, settings } from '../../extension/base/ids';
import type { SocketNode } from '../../extension/tree/view-window';
import { Program } from './program';
import {
  activate,
  becomes,
  eventually,
  groupOf,
  groups,
  openProcess,
  pause,
  rowOf,
  run,
  sockets,
} from './sockscope';

const root = process.getuid?.() === 0;

const isAgent = (api: SockscopeApi) => api.agent()?.mode === 'agent';

async function confirmSingleDestroy(value: boolean | undefined): Promise<void> {
  await vscode.workspace
    .getConfiguration()
    .update(settings.confirmSingleDestroy, value, vscode.ConfigurationTarget.Global);
}

async function startAgent(api: SockscopeApi): Promise<void> {
  await run(commands.startAgent);
  await eventually(api, () => isAgent(api));
}

for (const [family, host] of [
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
] as const) {
  describe(`destroying over ${family}${root ? '' : ' (needs an extension host run by root)'}`, () => {
    let api: SockscopeApi;
    let program: Program;

    before(async function () {
      if (!root) this.skip();
      api = await activate();
      program = await Program.start(host);
      await run('sockscope.sockets.focus');
      await openProcess(api, program.pid);
    });

    after(async () => {
      await confirmSingleDestroy(undefined);
      if (api && isAgent(api)) await run(commands.stopAgent);
      program?.stop();
    });

    const victim = () => {
      const row = rowOf(api, program.clients[0], program.port);
      assert.ok(row);
      return row;
    };

    /** The row of what is destroyed, which stays for some seconds. */
    let ended: Promise<SocketNode>;
    function becomesEnded(): Promise<SocketNode> {
      return becomes(() => {
        const found = rowOf(api, program.clients[0], program.port);
        return found?.row.mark === 'closed' && found;
      });
    }

    it('does nothing, and starts no agent, without a confirmation', async () => {
      assert.equal(isAgent(api), false, 'no agent runs before this test');
      assert.equal(await run(commands.destroyConnection, victim()), undefined);
      assert.equal(isAgent(api), false);
      assert.equal(await program.echoes(program.clients[0]), true);
    });

    it('aborts exactly the chosen connection', async () => {
      await startAgent(api);
      await confirmSingleDestroy(false);
      ended = becomesEnded();
      ended.catch(() => {}); // it is looked at by the next test
      const results = await run<DestroyedSocket[]>(commands.destroyConnection, victim());
      assert.deepEqual(
        results.map(({ outcome, engine, errno }) => [outcome, engine, errno]),
        [['destroyed', 'bpf', null]],
      );
      const [client, bystander] = program.clients;
      assert.equal(await program.breaks(client, 'client'), 'ECONNABORTED');
      assert.equal(await program.breaks(client, 'server'), 'ECONNRESET');
      assert.equal(await program.echoes(bystander), true);
      assert.equal(program.broken.length, 2);
      assert.equal(program.lives, true);
    });

    it('shows the reason of the end, and then removes the row', async () => {
      const [victim] = program.clients;
      const row = await ended;
      assert.equal(row.row.reason, 'destroyed-by-sockscope');
      assert.equal(await run(commands.destroyConnection, row), undefined, 'there is nothing to destroy');
      await eventually(api, () => !rowOf(api, victim, program.port));
      assert.ok(rowOf(api, program.clients[1], program.port));
    });

    it('asks before a listening socket and before many sockets, also with confirmSingleDestroy off', async () => {
      const listener = await eventually(api, () => rowOf(api, program.port, null));
      const process = groupOf(api, program.pid);
      assert.ok(process);
      assert.equal(await run(commands.destroyConnection, listener), undefined);
      assert.equal(await run(commands.destroyAll, process), undefined);
      assert.equal(await program.echoes(program.clients[1]), true);
      assert.equal(await program.echoes(await program.connect()), true);
    });

    it("leaves the editor's own connection alone", async () => {
      // A group of another program may be gone by the time it is to be opened.
      for (const group of groups(api)) await api.expand(group).catch(() => {});
      const { row } = await eventually(api, () =>
        sockets(api).find(({ row: { socket } }) => socket.lifeline && socket.state === 'established'),
      );
      const { local, remote } = row.socket;
      const node = rowOf(api, local.port, remote?.port ?? null);
      assert.ok(node);
      assert.equal(await run(commands.destroyConnection, node), undefined);
      await api.refresh();
      const after = rowOf(api, local.port, remote?.port ?? null);
      assert.notEqual(after?.row.reason, 'destroyed-by-sockscope');
    });

    /** The first connections may come before the agent waits; resolves with the connection that broke. */
    async function connectUntilBroken(): Promise<number> {
      const before = program.broken.length;
      for (;;) {
        await program.connect();
        await pause(200);
        // On a busy machine it is not the last one.
        const broken = program.broken.slice(before).find(({ side }) => side === 'client');
        if (broken) return broken.client;
      }
    }

    it('destroys the next connection that matches, and only that', async () => {
      const next = run<DestroyedSocket>(
        commands.destroyNext,
        `pid:${program.pid} remote:${program.port}`,
        'established',
      );
      const client = await connectUntilBroken();
      assert.equal((await next).outcome, 'destroyed');
      assert.equal(await program.breaks(client, 'client'), 'ECONNABORTED');
      assert.equal(await program.echoes(program.clients[1]), true);
      assert.equal(await program.echoes(await program.connect()), true);
    });

    it('falls back to the observer when the agent dies, and starts none by itself', async () => {
      const agent = api.agent();
      assert.ok(agent && isAgent(api));
      process.kill(agent.pid, 'SIGKILL');
      await eventually(api, () => api.agent()?.mode === 'observer' && groupOf(api, program.pid));
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await api.refresh();
      assert.equal(api.agent()?.mode, 'observer');
    });

    it('starts an agent again, and stops it', async () => {
      await startAgent(api);
      await run(commands.stopAgent);
      await eventually(api, () => api.agent()?.mode === 'observer' && groupOf(api, program.pid));
    });
  });
}
