/** An agent whose terminal is stopped with Ctrl-S serves on. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAgent } from '../../agent/client/connect';
import { agentStatus } from '../../agent/protocol';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('a terminal that is stopped', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  it('holds up no client, and what could not be printed is counted', { timeout: 30_000 }, async () => {
    const { uid, gid } = stage.user;
    const environment = { SUDO_UID: String(uid), SUDO_GID: String(gid) };
    const command = [
      python,
      join(stage.folder, 'terminal.py'),
      process.execPath,
      join(stage.folder, 'agent.js'),
      'serve',
    ];
    const terminal = start(
      command,
      { netns: stage.netns, environment },
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let printed = '';
    terminal.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    try {
      await until('the agent serves', () => printed.includes('serves uid'));
      const server = await stage.puppet();
      const peer = await stage.puppet();
      const { pairs } = await connectAll(server, peer, ipv4, 'listener', ['one', 'two']);
      const client = await connectAgent(uid);
      assert.ok(client);
      terminal.kill('SIGUSR1');
      await sleep(200);
      // Each result is printed.
      for (const { client: end } of Object.values(pairs))
        assert.equal((await destroyOne(client, await targetByCookie(client, end))).outcome, 'destroyed');
      assert.equal((await client.request(agentStatus, {})).clients, 1);
      terminal.kill('SIGUSR2');
      client.close();
      const ended = once(terminal, 'exit');
      terminal.kill('SIGTERM');
      await ended;
      assert.match(printed, /\(2 lines could not be printed\)\r?\nThe agent ends: SIGTERM/);
    } finally {
      await end(terminal);
    }
  });
});
