/** What the agent prints where its standard error is no terminal: a pipe that nobody reads, or a file that others write to as well. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Client, connectAgent } from '../../agent/client/connect';
import { agentStatus } from '../../agent/protocol';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('standard error of an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage?.close());

  const agent = () => [process.execPath, join(stage.folder, 'agent.js'), 'serve'];
  const runOptions = () => ({ netns: stage.netns, environment: { SUDO_UID: String(stage.user.uid) } });

  function whenServing(): Promise<Client> {
    return until('the agent serves', () => connectAgent(stage.user.uid).catch(() => null));
  }

  /** Each result is printed. */
  async function destroyTwo(client: Client): Promise<void> {
    const { pairs } = await connectAll(await stage.puppet(), await stage.puppet(), ipv4, 'listener', [
      'one',
      'two',
    ]);
    for (const { client: end } of Object.values(pairs))
      assert.equal((await destroyOne(client, await targetByCookie(client, end))).outcome, 'destroyed');
  }

  it('that is a full pipe holds up no client, and what could not be printed is counted', async () => {
    const command = [python, join(stage.folder, 'full_pipe.py'), ...agent()];
    const reader = start(command, runOptions(), { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    reader.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    try {
      const client = await whenServing();
      await destroyTwo(client);
      assert.equal((await client.request(agentStatus, {})).clients, 1);
      client.close();
      assert.ok(reader.stdout);
      const emptied = once(reader.stdout, 'data');
      reader.kill('SIGUSR1');
      await emptied;
      const ended = once(reader, 'close');
      reader.kill('SIGTERM');
      await ended;
      assert.match(printed, /^\(\d+ lines could not be printed\)\nThe agent ends: SIGTERM/);
      const [, lost] = /^\((\d+)/.exec(printed) ?? [];
      assert.ok(Number(lost) >= 3, `that it serves, and two results: ${printed}`);
    } finally {
      await end(reader);
    }
  });

  it('that is a file is written behind what others write to it', async () => {
    const path = join(stage.folder, 'log');
    const file = openSync(path, 'w'); // without O_APPEND, as a shell opens it for 2>
    const child = start(agent(), runOptions(), { stdio: ['ignore', 'ignore', file] });
    try {
      const client = await whenServing();
      await until('it says so', () => /serves uid/.test(readFileSync(path, 'utf8')));
      writeSync(file, 'between\n');
      await destroyTwo(client);
      client.close();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      const kinds = lines.map(
        (line) => /serves uid|between|Destroyed|The agent ends/.exec(line)?.[0] ?? line,
      );
      const from = kinds.indexOf('serves uid');
      assert.deepEqual(
        kinds.slice(from).filter((kind) => kind !== ''),
        ['serves uid', 'between', 'Destroyed', 'Destroyed', 'The agent ends'],
      );
    } finally {
      await end(child);
      closeSync(file);
    }
  });
});
